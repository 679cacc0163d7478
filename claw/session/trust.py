"""What a repository wants beyond what it may have, and whether the user has trusted just that.

Each thing is known by a BLAKE3 digest of what would take effect, files in the repository that a hook runs or reads
included; so what changes is asked for again, and nothing else. What was answered about which digest in which folder,
yes or no, is in `$CLAW_HOME/trust.json`.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from claw._native import blake3
from claw.errors import ToolError, UsageError
from claw.events.hook import Hook
from claw.execution.files import locked, read_whole, write_atomic
from claw.execution.grants import ordered
from claw.late import load, pattern
from claw.log import Home
from claw.session.config import Options
from claw.settings import Settings, Wish
from claw.settings.agents import AgentFile
from claw.settings.names import COMMANDS, HARMLESS
from claw.settings.reading import PLUGINS, REPOSITORY

if TYPE_CHECKING:
    from claw.execution.reach import Reach, Runs
    from claw.settings.commands import CommandFile
    from claw.settings.styles import StyleFile

FILE = "trust.json"
"""In claw's home."""
FLAG = "--trust"


AGAIN = "claw permissions revoke --trust"
"""Forgets the answer."""
LIST = "claw permissions list"
"""Shows everything."""
NOT_TRUSTED = f"this folder is not trusted, see claw {FLAG}"
NARROW = 3
"""The weight of a rule for little."""
DESCRIBED = 200
"""Characters of what an agent says of itself."""
WHOLE = "-"
"""Stands in a digest before that of the whole workspace."""


class _Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """`digest` is `Wanted.digest`. `at` is a date, ISO 8601, UTC. `items`: what was said of each thing, by its digest;
    empty in answers about everything as it was.
    """

    digest: str
    at: str
    trusted: bool = True
    items: dict[str, bool] = {}

    def about(self, wish: Wanting, all_wanted: Wanted) -> bool | None:
        """What was said of it; None: nothing."""
        if self.digest.partition(WHOLE)[0] == all_wanted.digest.partition(WHOLE)[0] and not self.items:
            return self.trusted
        return self.items.get(wish.digest)


class _Content(msgspec.Struct, frozen=True):
    workspaces: dict[str, _Answer] = {}


class Item(Struct, frozen=True):
    """One thing, in words: what it is, exactly what it says, and its file and line. `weight`: 0 matters most."""

    kind: str
    text: str
    source: str
    weight: int = NARROW


class Wanting(Struct, frozen=True):
    """One wish, with all that belongs to it, and what of the workspace its hooks run, by their commands."""

    wish: Wish
    items: tuple[Item, ...]
    digest: str
    reaches: dict[str, Reach]


class Wanted(Struct, frozen=True):
    """What a repository wants, what matters most first. `digest` is empty if that is nothing; behind a WHOLE sign it
    says what all of the workspace was, where a hook may run anything in it.
    """

    wishes: tuple[Wanting, ...]
    digest: str

    @property
    def items(self) -> tuple[Item, ...]:
        return tuple(item for wish in self.wishes for item in wish.items)


def wanted(settings: Settings, options: Options) -> Wanted:
    """Blocks."""
    if not settings.wishes:
        return Wanted((), "")
    found = [_wanting(wish, settings, options) for wish in settings.wishes]
    digest = blake3(msgspec.msgpack.encode([wish.digest for wish in found]))
    if any(reach.open for wish in found for reach in wish.reaches.values()):
        digest += WHOLE + _whole(options.workspace, *settings.directories)
    return Wanted(tuple(sorted(found, key=lambda wish: wish.items[0].weight)), digest)


def _wanting(wish: Wish, settings: Settings, options: Options) -> Wanting:
    items = [Item(wish.kind, _text(wish), wish.source, _weight(wish))]
    content: list[tuple[str, ...]] = [_content(wish)]
    reaches: dict[str, Reach] = {}
    if wish.server is not None and wish.server.command:
        runs = _reach(wish.server.shown, settings, options)
        for name, digest in sorted((runs.named | runs.read).items()):
            content.append(("file", name, digest))
            items.append(Item("file of an MCP server", f"{name} (BLAKE3 {digest[:16]}…)", wish.source, 0))
    if wish.agent is not None:
        items += [
            Item("hook of an agent", f"{wish.agent.name}: {hook_in_words(hook)}", hook.source, 0)
            for hook in wish.hooks
            if hook.type == "command"
        ]
    for command, what, source in wish.run:
        runs = reaches[command] = _reach(command, settings, options)
        for does, files in (("run", runs.named), ("read", runs.read)):
            for name, digest in sorted(files.items()):
                content.append(("file", name, digest))
                items.append(Item(f"file {does} by a {what}", f"{name} (BLAKE3 {digest[:16]}…)", source, 0))
    return Wanting(wish, tuple(items), blake3(msgspec.msgpack.encode(content)), reaches)


def _whole(*folders: str) -> str:
    digest: str = load("claw.execution.reach", "whole")(*folders)
    return digest


def _reach(command: str, settings: Settings, options: Options) -> Reach:
    roots = options.workspace, *settings.directories
    found: Reach = load("claw.execution.reach", "reach")(
        command, roots, options.environ.get("PATH", os.defpath), home_of(options.environ)
    )
    return found


def home_of(environ: Mapping[str, str]) -> str:
    """The user's home folder."""
    return environ.get("HOME") or os.path.expanduser("~")


def settle(home: Home, options: Options, settings: Settings) -> Settings:
    """The settings with what is trusted taken in, and a sentence in `ignored` about what is not; `untaken` has one for
    each thing. What plugins bring, which the person has said yes to, is in them, too. Blocks. Raises UsageError.
    """
    if os.path.exists(home.path / PLUGINS):
        settings = load("claw.session.plugins", "with_plugins")(str(home.path), settings)
    if settings.plugins_named:
        settings = load("claw.session.plugins", "with_word_of_others")(str(home.path), settings)
    wants = wanted(settings, options)
    known = _read(home).workspaces.get(options.workspace) if wants.digest and not options.trust else None
    taken = [wish for wish in wants.wishes if options.trust or (known and known.about(wish, wants))]
    refused = [wish for wish in wants.wishes if known and known.about(wish, wants) is False]
    rest = [wish for wish in wants.wishes if wish not in taken and wish not in refused]
    if taken:
        digest = wants.digest if len(taken) == len(wants.wishes) else _digest_of(taken)
        how = FLAG if options.trust or known is None else f"answered {known.at}"
        settings = settings.trusting(f"{digest} ({how})", [wish.wish for wish in taken])
    then = wants.digest if known is None else known.digest
    settings = replace(settings, runs=_runs(settings, taken, then.partition(WHOLE)[2], options))
    why = "has changed since this folder was trusted" if known and known.trusted else NOT_TRUSTED
    said_no = f"you said no to it ({known.at if known else ''}); to be asked again: {AGAIN}"
    sentences = [_sentence(item, why) for wish in rest for item in wish.items]
    untaken = (*sentences, *(_sentence(item, said_no) for wish in refused for item in wish.items))
    brief = sentences if len(sentences) <= 1 else [_summary([item for wish in rest for item in wish.items], why)]
    return replace(settings, ignored=(*settings.ignored, *brief), untaken=untaken)


def _digest_of(wishes: list[Wanting]) -> str:
    return blake3(msgspec.msgpack.encode([wish.digest for wish in wishes]))


def _sentence(item: Item, why: str) -> str:
    return f"{item.source}: not in effect: {item.kind} {item.text}; {why}."


def _summary(items: list[Item], why: str) -> str:
    kinds = Counter(item.kind for item in items)
    counted = ", ".join(f"{kind}: {count}" for kind, count in kinds.items())
    return f"{len(items)} things that this folder's settings want are not in effect ({counted}); {why}: {LIST}"


def _runs(settings: Settings, taken: list[Wanting], then: str, options: Options) -> dict[str, Runs]:
    """What each hook ran when it was trusted; the user's own are as they are now."""
    found: dict[str, Runs] = {}
    now: str | None = None
    for hook in (*settings.hooks, *(hook for agent in settings.agents for hook in agent.hooks)):
        if hook.type == "command" and hook.layer not in REPOSITORY and hook.command not in found:
            runs = _reach(hook.command, settings, options)
            if runs.open and now is None:
                now = _whole(options.workspace, *settings.directories)
            found[hook.command] = runs.runs(now or "")
    for wish in taken:
        for command, all_of_it in wish.reaches.items():
            found.setdefault(command, all_of_it.runs(then))
    return found


def open_question(home: Home, options: Options, settings: Settings) -> Wanted | None:
    """What the user has to look at before it takes effect; None if there is nothing. Raises UsageError."""
    wants = wanted(settings, options)
    if not wants.digest or options.trust:
        return None
    known = _read(home).workspaces.get(options.workspace)
    unanswered = [wish for wish in wants.wishes if known is None or known.about(wish, wants) is None]
    return replace(wants, wishes=tuple(unanswered)) if unanswered else None


def remember(home: Home, options: Options, settings: Settings, asked: Wanted, *, trusted: bool = True) -> None:
    """The user has answered about what was `asked`; what was said of the rest stays. Raises UsageError."""
    wants = wanted(settings, options)
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    new = {wish.digest: trusted for wish in asked.wishes}

    def change(answers: dict[str, _Answer]) -> dict[str, _Answer]:
        known = answers.get(options.workspace)
        before = {wish.digest: known.about(wish, wants) for wish in wants.wishes} if known else {}
        items = {digest: said for digest, said in before.items() if said is not None} | new
        digest, _, all_of_it = asked.digest.partition(WHOLE)
        if known and not any(wish.reaches for wish in asked.wishes):
            all_of_it = known.digest.partition(WHOLE)[2]
        digest += WHOLE + all_of_it if all_of_it else ""
        return {**answers, options.workspace: _Answer(digest, at, any(items.values()), items)}

    _write(home, change)


def forget(home: Home, workspace: str) -> bool:
    """Ask about this folder again; whether anything was answered. Raises UsageError."""
    if workspace not in _read(home).workspaces:
        return False
    _write(home, lambda answers: {name: answer for name, answer in answers.items() if name != workspace})
    return True


def _write(home: Home, change: Callable[[dict[str, _Answer]], dict[str, _Answer]]) -> None:
    path = str(home.path / FILE)
    try:
        home.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        target = os.path.realpath(path)
        with locked(str(home.path)):
            with suppress(FileExistsError):
                os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
            old = read_whole(target)
            content = _Content(change(_parsed(old.data, path).workspaces))
            data = msgspec.json.format(msgspec.json.encode(content), indent=1) + b"\n"
            write_atomic(ordered("remember what is trusted", target), target, data, old.stat)
    except ToolError as error:
        raise UsageError(error.message) from None
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from None


def _content(wish: Wish) -> tuple[str, ...]:
    """All that matters of it; not the line it stands on."""
    hook = wish.hook
    more: tuple[str, ...] = (hook.event, hook.matcher, str(hook.timeout_ms)) if hook else ()
    if hook and hook.type != "command":
        more = (*more, hook.type, *map("\0".join, sorted(hook.headers.items())), *hook.variables)
    # The folder itself counts: a link on the way to it may be the repository's.
    agent = wish.agent
    file = (agent.source, agent.digest) if agent else ()
    if (page := wish.command or wish.style) is not None:
        file = (page.source, page.digest)
    return (wish.kind, wish.layer, wish.text, *more, *filter(None, [wish.directory]), *file)


def _text(wish: Wish) -> str:
    if wish.agent is not None:
        return _of_agent(wish.agent)
    if wish.command is not None:
        return _of_command(wish.command)
    if wish.style is not None:
        return _of_style(wish.style)
    if wish.hook is None:
        return wish.directory or wish.text
    return hook_in_words(wish.hook)


def hook_in_words(hook: Hook) -> str:
    """What it is about, what it runs or whom it tells, and what it sends."""
    matcher = f" ({hook.matcher})" if hook.matcher else ""
    if hook.type == "prompt":
        return f"{hook.event}{matcher}: a model is asked: {hook.command}"
    if hook.type == "http":
        sent = f", with the variables {', '.join(hook.variables)}" if hook.variables else ""
        return f"{hook.event}{matcher}: told to {hook.command}{sent}"
    return f"{hook.event}{matcher}: {hook.command}"


def _of_agent(agent: AgentFile) -> str:
    tools = "its parent's tools" if agent.tools is None else f"tools {', '.join(agent.tools) or 'none'}"
    more = [f"model {agent.model}"] if agent.model else []
    more += [f"mode {agent.mode}"] if agent.mode else []
    about = f"{agent.description[:DESCRIBED]}{'…' if len(agent.description) > DESCRIBED else ''}"
    return f"{agent.name}: {about} ({', '.join([tools, *more])}; BLAKE3 {agent.digest[:16]}…)"


def _of_command(file: CommandFile) -> str:
    wants = [f"without asking {', '.join(file.allowed)}"] if file.allowed else []
    wants += [f"model {file.model}"] if file.model else []
    return f"/{file.name}: {', '.join(wants)} (BLAKE3 {file.digest[:16]}…)"


def _of_style(file: StyleFile) -> str:
    instead = "" if file.keeps else ", instead of claw's instructions about code"
    return f"{file.name}: {file.description} ({len(file.text)} characters{instead}; BLAKE3 {file.digest[:16]}…)"


_WIDE = pattern(
    r"(?:sudo|doas|env|xargs|sh|bash|zsh|eval|python[\d.]*|node|deno|bun|npx|perl|ruby|php|docker|podman|kubectl|ssh|curl"
    r"|wget|rm|git|gh|make|npm|pip|uv)(?:$|[ :]*\*)"
)
"""Commands that do nearly anything, with any arguments."""


def _weight(wish: Wish) -> int:
    """Hooks, then what leads out, then wide rules, then the others."""
    if wish.kind != "allow rule":
        return 0 if wish.hooks or wish.run or wish.server else 1
    tool, _, rest = wish.text.partition("(")
    specifier = rest.removesuffix(")").strip()
    wide = tool not in HARMLESS and (not specifier or specifier[0] in "*/~")
    return 2 if wide or (tool == COMMANDS and _WIDE.match(specifier)) else NARROW


def _read(home: Home) -> _Content:
    path = str(home.path / FILE)
    try:
        return _parsed(read_whole(os.path.realpath(path)).data, path)
    except (FileNotFoundError, NotADirectoryError):
        return _Content()
    except ToolError as error:
        raise UsageError(error.message) from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None


def _parsed(data: bytes, path: str) -> _Content:
    try:
        return msgspec.json.decode(data, type=_Content) if data else _Content()
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is damaged: {error}", hint=f"rm {path}, and trust again") from None
