"""What a repository wants beyond what it may have, and whether the user has trusted just that.

It is known by a BLAKE3 digest of everything that would take effect, files in the repository that a hook runs included;
so whatever changes is asked for again. What was answered about which digest in which folder, yes or no, is in
`$CLAW_HOME/trust.json`.
"""

from __future__ import annotations

import os
import re
import shlex
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

import msgspec

from claw._native import blake3
from claw.config import Options
from claw.errors import ToolError, UsageError
from claw.log import Home
from claw.settings import Settings, Wish
from claw.toolbox.files import locked, read_whole, write_atomic
from claw.toolbox.grants import ordered
from claw.toolbox.links import is_inside

FILE = "trust.json"
"""In claw's home."""
FLAG = "--trust"


AGAIN = "claw permissions revoke --trust"
"""Forgets the answer."""


class _Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """`at` is a date, ISO 8601, UTC."""

    digest: str
    at: str
    trusted: bool = True


class _Content(msgspec.Struct, frozen=True):
    workspaces: dict[str, _Answer] = {}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a repository wants. `digest` is empty if that is nothing."""

    items: tuple[Item, ...]
    digest: str


@dataclass(frozen=True, slots=True)
class Item:
    """One thing, in words: what it is, exactly what it says, and its file and line."""

    kind: str
    text: str
    source: str


def wanted(settings: Settings, workspace: str) -> Wanted:
    """Raises UsageError for a file that cannot be read."""
    if not settings.wishes:
        return Wanted((), "")
    items: list[Item] = []
    content: list[tuple[str, ...]] = []
    for wish in settings.wishes:
        items.append(Item(wish.kind, _text(wish), wish.source))
        content.append(_content(wish))
        for name in _scripts(wish, workspace):
            digest = _digest_of(os.path.join(workspace, name))
            items.append(Item("file run by a hook", f"{name} (BLAKE3 {digest[:16]}…)", wish.source))
            content.append(("file", name, digest))
    return Wanted(tuple(items), blake3(msgspec.msgpack.encode(content)))


def settle(home: Home, options: Options, settings: Settings) -> Settings:
    """The settings with what is trusted taken in, and a sentence in `ignored` for each thing that is not.

    Raises UsageError.
    """
    wants = wanted(settings, options.workspace)
    if not wants.digest:
        return settings
    if options.trust:
        return settings.trusting(f"{wants.digest} ({FLAG})")
    known = _read(home).workspaces.get(options.workspace)
    if known is not None and known.trusted and known.digest == wants.digest:
        return settings.trusting(f"{wants.digest} (answered {known.at})")
    why = _why_not(known, wants.digest)
    ignored = [f"{item.source}: not in effect: {item.kind} {item.text}; {why}." for item in wants.items]
    return replace(settings, ignored=(*settings.ignored, *ignored))


def open_question(home: Home, options: Options, settings: Settings) -> Wanted | None:
    """What the user has to look at before it takes effect; None if there is nothing. Raises UsageError."""
    wants = wanted(settings, options.workspace)
    if not wants.digest or options.trust:
        return None
    known = _read(home).workspaces.get(options.workspace)
    return None if known is not None and known.digest == wants.digest else wants


def remember(home: Home, workspace: str, digest: str, *, trusted: bool = True) -> None:
    """The user has answered about what has this digest, in this folder. Raises UsageError."""
    answer = _Answer(digest, time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), trusted)
    _write(home, lambda answers: {**answers, workspace: answer})


def forget(home: Home, workspace: str) -> bool:
    """Ask about this folder again; whether anything was answered. Raises UsageError."""
    if workspace not in _read(home).workspaces:
        return False
    _write(home, lambda answers: {name: answer for name, answer in answers.items() if name != workspace})
    return True


def _why_not(known: _Answer | None, digest: str) -> str:
    if known is not None and known.digest == digest:
        return f"you said no to it ({known.at}); to be asked again: {AGAIN}"
    if known is not None and known.trusted:
        return "has changed since this folder was trusted"
    return f"this folder is not trusted, see claw {FLAG}"


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
    more = (hook.event, hook.matcher, str(hook.timeout_ms)) if hook else ()
    return (wish.kind, wish.layer, wish.text, *more)


def _text(wish: Wish) -> str:
    if wish.hook is None:
        return wish.text
    matcher = f" ({wish.hook.matcher})" if wish.hook.matcher else ""
    return f"{wish.hook.event}{matcher}: {wish.hook.command}"


_BETWEEN = re.compile(r"[\s;|&()<>=`\"']+")
_PROJECT = re.compile(r"^\$(CLAUDE_PROJECT_DIR|\{CLAUDE_PROJECT_DIR\})/")


def _scripts(wish: Wish, workspace: str) -> Iterator[str]:
    """Files of the workspace that a hook's command names, each once."""
    seen: set[str] = set()
    for word in _words(wish.hook.command) if wish.hook else ():
        path = os.path.normpath(os.path.join(workspace, _PROJECT.sub("", word)))
        if word and is_inside(path, workspace) and os.path.isfile(path):
            name = os.path.relpath(path, workspace)
            if name not in seen:
                seen.add(name)
                yield name


def _words(command: str) -> list[str]:
    """All that may be a path in it: rather too many than too few."""
    with suppress(ValueError):
        return [*shlex.split(command), *_BETWEEN.split(re.sub("[\"']", "", command))]
    return _BETWEEN.split(command)


def _digest_of(path: str) -> str:
    try:
        return blake3(read_whole(os.path.realpath(path)).data)
    except ToolError as error:
        raise UsageError(error.message) from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None


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
