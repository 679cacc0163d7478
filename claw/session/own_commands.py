"""Command files and skills of a session: which there are, and what a typed `/name words` stands for."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from claw._native import blake3
from claw.errors import ProviderError, UsageError
from claw.events.base import Content
from claw.events.command import CommandUse, Item, Leave
from claw.events.permission import Rule
from claw.events.session import Model
from claw.providers import catalogue
from claw.session.config import Options, check_model, model_named
from claw.settings import Settings
from claw.settings.commands import CommandFile, Found, command_files, page_of, read
from claw.settings.frontmatter import Unreadable
from claw.settings.reading import REPOSITORY
from claw.settings.stricter_rules import grants

CALL = re.compile(r"/([^\W_][\w:.-]*)(?:\s+(.*))?", re.DOTALL)
"""A typed command: its name and the words behind it."""
MOST_ITEMS = 50
"""Command lines and files in one command."""
_SHELL = re.compile(r"(?:(?<=\s)|(?<=^)|(?<=[(:]))!`([^`\n]+)`|^```!\s*\n(.*?)^```\s*$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"(?:(?<=\s)|(?<=^)|(?<=[(`]))@((?:~/|\.{0,2}/)?[\w.-][\w./-]*)", re.MULTILINE)
_WORD = re.compile(r"\$(?:ARGUMENTS(?:\[(\d{1,3})\])?|(\d)(?!\d))|\$\{(CLAUDE_SKILL_DIR|CLAUDE_SESSION_ID)\}")
CHANGED = "it has changed since it was trusted, so it counts for its text alone"
NOT_TRUSTED = "what it wants is not trusted, so it counts for its text alone"


class Told(Struct, frozen=True):
    """What a command stands for, and what of it has no effect, a sentence each."""

    use: CommandUse
    notes: tuple[str, ...] = ()


class OwnCommands:
    """`mask` takes secrets out of a text, `keep` puts a long one into the blob store. All methods look at the disk."""

    def __init__(
        self,
        options: Options,
        settings: Settings,
        home: str,
        mask: Callable[[str], str],
        keep: Callable[[str], Content],
        session: str = "",
    ) -> None:
        self._options = options
        self._settings = settings
        self._home = home
        self._mask = mask
        self._keep = keep
        self._session = session

    @property
    def at_start(self) -> Found:
        """What there was when the session began."""
        return Found(dict(self._settings.commands), list(self._settings.commands_left_out))

    def now(self) -> Found:
        """What there is now."""
        return command_files(self._home, self._options.workspace)

    def is_trusted(self, file: CommandFile) -> bool:
        """Whether what it wants counts, as it is written now."""
        return file.layer not in REPOSITORY or file.digest in self._settings.granted

    def find(self, name: str) -> CommandFile | None:
        """The one of this name; where no other ends so, what stands before the last colon may be left out."""
        files = self.now().files
        if name.lower() in files:
            return files[name.lower()]
        ending = [file for key, file in files.items() if key.endswith(f":{name.lower()}")]
        return ending[0] if len(ending) == 1 else None

    def use(self, file: CommandFile, words: str) -> Told:
        """What the command stands for with these words behind it. Raises UsageError."""
        if not file.by_person:
            raise UsageError(f"/{file.name} is for the model alone ({file.source})")
        data = self._read(file)
        if file.fork:
            parts: tuple[str, ...] = (_for_agent(file, words),)
            items: tuple[Item, ...] = ()
        else:
            body = page_of(data).body
            parts, items = expanded(body, words, file.folder, self._session, self._exists)
            parts = (f"{_heading(file, words)}{parts[0]}", *parts[1:])
        for item in items:
            if self._mask(item.text) != item.text:
                raise UsageError(f"{file.source}: a command line in it holds a secret")
        leave, notes = self.leave(replace(file, digest=blake3(data)))
        use = CommandUse(
            name=file.name,
            source=self._mask(file.source),
            digest=blake3(data),
            parts=tuple(self._keep(self._mask(part)) for part in parts),
            items=items,
            leave=replace(leave, skill=file.name if file.kind == "skill" else ""),
        )
        return Told(use, (*file.notes, *notes))

    def leave(self, file: CommandFile) -> tuple[Leave, tuple[str, ...]]:
        """What it gives a turn, and what of it does not count, a sentence each."""
        if not file.widens:
            return Leave(), ()
        if not self.is_trusted(file):
            known = self._settings.commands.get(file.name.lower())
            why = CHANGED if known is not None and known.digest in self._settings.granted else NOT_TRUSTED
            return Leave(), (f"{file.at('allowed-tools' if file.allowed else 'model')}: {why}.",)
        rules, notes = [], []
        for rule in file.allowed:
            why = grants(rule) or ("it holds a secret" if self._mask(rule) != rule else "")
            if why:
                notes.append(f"{file.at('allowed-tools')}: {self._mask(rule)}: {why}.")
            else:
                source = self._mask(file.at("allowed-tools"))
                rules.append(Rule(effect="allow", rule=rule, source=source, layer=file.layer))
        model, why = self._model(file)
        return Leave(rules=tuple(rules), model=model), (*notes, *([f"{file.at('model')}: {why}."] if why else []))

    def _model(self, file: CommandFile) -> tuple[Model | None, str]:
        """The model that it names, or why it is not asked."""
        if not file.model:
            return None, ""
        environ = self._options.environ
        try:
            check_model(file.model, self._settings)
            model = model_named(file.model, environ, self._settings.models)
        except (UsageError, ProviderError) as error:
            return None, f"{error.message.rstrip('.')}: the session's model is asked"
        if catalogue.has_key(model, environ):
            return model, ""
        return None, f"nothing in the environment leads to the model {file.model!r}: the session's model is asked"

    def _read(self, file: CommandFile) -> bytes:
        bound = os.path.realpath(self._options.workspace) if file.layer in REPOSITORY else ""
        try:
            return read(file.path, bound)
        except Unreadable as error:
            raise UsageError(f"{file.source}:{error.line}: {error.why}") from None

    def _exists(self, path: str) -> bool:
        place = self._home + path[1:] if path.startswith("~/") else os.path.join(self._options.workspace, path)
        return os.path.isfile(place)


def _heading(file: CommandFile, words: str) -> str:
    """What the model is told of where the text comes from."""
    told = f"<command-name>/{file.name}</command-name>\n<command-args>{words}</command-args>\n\n"
    return f"{told}Base directory for this skill: {file.folder}\n\n" if file.folder else told


def _for_agent(file: CommandFile, words: str) -> str:
    """What the model is told of a skill that another agent does."""
    return (
        f"<command-name>/{file.name}</command-name>\n<command-args>{words}</command-args>\n\n"
        f"[The user has typed this. Call the tool for skills with the skill {file.name!r} and these arguments, and "
        "tell the user what comes of it.]"
    )


def expanded(
    body: str, words: str, folder: str = "", session: str = "", exists: Callable[[str], bool] = lambda _: False
) -> tuple[tuple[str, ...], tuple[Item, ...]]:
    """The texts of a command, with what is to be put between them: command lines where they stand, files behind all.

    What was typed is put into the text and is not read as a part of it, so it names no command line and no file.
    """
    fill = _Filler(body, words, folder, session)
    parts: list[str] = []
    items: list[Item] = []
    place = 0
    for found in _SHELL.finditer(body):
        command = found[1] if found[1] is not None else found[2]
        if len(items) >= MOST_ITEMS or not command.strip():
            continue
        parts.append(fill(body[place : found.start()]))
        items.append(Item(what="shell", text=fill(command).strip()))
        place = found.end()
    parts.append(fill(body[place:]))
    if words and not fill.used:
        parts[-1] = f"{parts[-1]}\n\nARGUMENTS: {words}"
    outside = _SHELL.sub("", body)
    named = dict.fromkeys(found[1].rstrip(".") for found in _FILE.finditer(outside))
    for path in [path for path in named if exists(path)][: MOST_ITEMS - len(items)]:
        parts[-1] = f"{parts[-1]}\n\nContents of {path}:\n"
        items.append(Item(what="read", text=path))
        parts.append("")
    return tuple(parts), tuple(items)


class _Filler:
    """Puts the words into texts of a command, and knows whether any had a place for them."""

    def __init__(self, body: str, words: str, folder: str, session: str) -> None:
        self._words = words
        self._list = list(_split(words))
        # Claude Code counts from 0 in skills, from 1 in commands: a text that names $0 counts from there.
        self._first = 0 if re.search(r"\$0(?!\d)", body) else 1
        self._variables = {"CLAUDE_SKILL_DIR": folder, "CLAUDE_SESSION_ID": session}
        self.used = False

    def __call__(self, text: str) -> str:
        return _WORD.sub(self._value, text)

    def _value(self, found: re.Match[str]) -> str:
        if found[3] is not None:
            return self._variables[found[3]] or found[0]
        self.used = True
        if found[1] is not None:
            return _at(self._list, int(found[1]))
        if found[2] is not None:
            return _at(self._list, int(found[2]) - self._first)
        return self._words


def _at(words: Sequence[str], index: int) -> str:
    return words[index] if 0 <= index < len(words) else ""


def _split(words: str) -> Iterator[str]:
    """As a shell takes them apart; what it cannot, at its blanks."""
    try:
        yield from shlex.split(words)
    except ValueError:
        yield from words.split()
