"""Command files and skills of a session: which there are, and what a typed `/name words` stands for."""

from __future__ import annotations

import os
import re
from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace

from claw._native import blake3
from claw.errors import ProviderError, UsageError
from claw.events.base import Content
from claw.events.command import CommandUse, Item, Leave
from claw.events.permission import Rule
from claw.events.session import Model
from claw.events.skill import KnownSkill
from claw.late import pattern
from claw.providers import catalogue
from claw.session import prompts
from claw.session.config import Options, check_model, model_named
from claw.settings import Settings
from claw.settings.command_text import expanded
from claw.settings.commands import LARGEST, CommandFile, Found, command_files, page_of, together
from claw.settings.frontmatter import Unreadable, bytes_of
from claw.settings.reading import REPOSITORY
from claw.settings.stricter_rules import grants

CALL = pattern(r"/([^\W_][\w:.-]*)(?:\s+(.*))?", re.DOTALL)
"""A typed command: its name and the words behind it."""
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
        """What there is now; plugins are as they were when the session began."""
        brought = [file for plugin in self._settings.plugins for file in plugin.commands]
        found = command_files(self._home, self._options.workspace)
        return together(found, brought) if brought else found

    def is_trusted(self, file: CommandFile) -> bool:
        """Whether what it wants counts, as it is written now."""
        return file.layer not in REPOSITORY or file.digest in self._settings.granted

    def find(self, name: str) -> CommandFile | None:
        """The one of this name; where no other ends so, what stands before the last colon may be left out. A plugin's
        is found so only where neither one of the person's or the repository's is, nor a command of claw's.
        """
        files = self.now().files
        if name.lower() in files:
            return files[name.lower()]
        ending = [file for key, file in files.items() if key.endswith(f":{name.lower()}")]
        others = [file for file in ending if not file.plugin]
        if not others and name.lower() not in prompts.COMMANDS:
            others = ending
        return others[0] if len(others) == 1 else None

    def use(self, file: CommandFile, words: str) -> Told:
        """What the command stands for with these words behind it. Raises UsageError."""
        if not file.by_person:
            raise UsageError(f"/{file.name} is for the model alone ({file.source})")
        data = self._read(file)
        if file.plugin and blake3(data) != file.digest:
            raise UsageError(f"{file.source} is another file than you have said yes to", hint="claw plugin list")
        if file.fork:
            parts: tuple[str, ...] = (_for_agent(file, words),)
            items: tuple[Item, ...] = ()
        else:
            body = page_of(data).body
            parts, items = expanded(body, words, file.folder, self._session, self._exists, file.plugin)
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

    def skills(self) -> tuple[KnownSkill, ...]:
        """What the model may use, as it was when the session began, and what an agent does."""
        return tuple(self._skill(file) for file in self._settings.commands.values() if file.by_model or file.fork)

    def _skill(self, file: CommandFile) -> KnownSkill:
        leave, _ = self.leave(file)
        return KnownSkill(
            name=file.name,
            description=self._mask(file.description),
            source=self._mask(file.source),
            path=file.path,
            digest=file.digest,
            folder=file.folder,
            bound=self._bound(file),
            leave=leave,
            by_model=file.by_model,
            fork=file.fork,
            agent=file.agent,
            paths=file.paths,
            plugin=file.plugin,
        )

    def _bound(self, file: CommandFile) -> str:
        return os.path.realpath(self._options.workspace) if file.layer in REPOSITORY else ""

    def _read(self, file: CommandFile) -> bytes:
        try:
            return bytes_of(file.path, self._bound(file), LARGEST)
        except Unreadable as error:
            raise UsageError(f"{file.source}:{error.line}: {error.why}") from None

    def _exists(self, path: str) -> bool:
        place = self._home + path[1:] if path.startswith("~/") else os.path.join(self._options.workspace, path)
        return os.path.isfile(place)


def _heading(file: CommandFile, words: str) -> str:
    """What the model is told of where the text comes from."""
    told = heading(file.name, words)
    return f"{told}Base directory for this skill: {file.folder}\n\n" if file.folder else told


def heading(name: str, words: str) -> str:
    """What the model is told of what was typed."""
    return f"<command-name>/{name}</command-name>\n<command-args>{words}</command-args>\n\n"


def _for_agent(file: CommandFile, words: str) -> str:
    """What the model is told of a skill that another agent does."""
    return (
        f"<command-name>/{file.name}</command-name>\n<command-args>{words}</command-args>\n\n"
        f"[The user has typed this. Call the tool for skills with the skill {file.name!r} and these arguments, and "
        "tell the user what comes of it.]"
    )
