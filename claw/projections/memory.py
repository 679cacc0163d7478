"""What the model is told to remember: instruction files, and the rules that do not count yet."""

from functools import lru_cache
from typing import Self

import msgspec
from msgspec.structs import replace

from claw._native import PathPatterns
from claw.errors import ClawError
from claw.events.base import Envelope
from claw.events.context import (
    ContextCleared,
    ContextCompacted,
    InstructionFile,
    InstructionRule,
    InstructionsFound,
    InstructionsRequested,
)
from claw.events.input import InputReceived
from claw.projections.base import Projection

JUST_NOW_NS = 200_000_000
"""What the session has read when it began is not read again for an input that comes with it."""


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """Outermost first; what came later is behind what was there before."""

    files: tuple[InstructionFile, ...] = ()
    """Those that are sent before the conversation, as they were when it began or was last made short."""
    current: tuple[InstructionFile, ...] = ()
    """All that count, as they were last found: those, and what the conversation was told of since."""
    rules: tuple[InstructionRule, ...] = ()
    """Those that count only for some files, whether one was touched or not."""
    counting: tuple[str, ...] = ()
    """Paths of the rules among them of whose files one was touched."""
    folders: tuple[str, ...] = ()
    """Folders in which a call has touched something, relative to the workspace."""
    read_at: int = 0
    """When the session has read them as it began, in ns since 1970; 0: an input has come since."""
    looks: int = -1
    """The last call that looks at all of them, and not at what was touched alone."""
    opening: bool = False
    """It is that of the session's beginning, or going on."""
    stale: bool = False
    """An input has come for which they are to be looked at."""

    @property
    def known(self) -> dict[str, str]:
        """The digests of what the agent was told, by path."""
        return {file.path: file.digest for file in self.current}

    @property
    def waiting(self) -> dict[str, str]:
        """Those of the rules that do not count yet."""
        return {rule.path: rule.digest for rule in self.rules if rule.path not in self.counting}

    def begun_anew(self) -> Self:
        """What a conversation begins with that has touched nothing yet."""
        everywhere = tuple([file for file in self.current if not file.folder and not file.paths])
        rules = tuple([rule for rule in self.rules if not rule.folder])
        return type(self)(files=everywhere, current=everywhere, rules=rules)


def names(rule: InstructionRule, workspace: str, path: str) -> bool:
    """Whether the rule is for this file of the workspace."""
    root = workspace.rstrip("/")
    base = (rule.base if rule.base.startswith("/") else f"{root}/{rule.base}").rstrip("/")
    file = f"{root}/{path}"
    if not file.startswith(f"{base}/"):
        return False
    patterns = _patterns(rule.paths)
    return patterns is not None and patterns.name(file.removeprefix(f"{base}/"))


@lru_cache(maxsize=1024)
def _patterns(paths: tuple[str, ...]) -> PathPatterns | None:
    """None where they are no patterns; what is read of a rule was looked at, but a log may hold anything."""
    try:
        return PathPatterns(paths)
    except ClawError:
        return None


def heading(file: InstructionFile, news: str = "") -> str:
    """What stands before its text, where the model is told of it."""
    restricted = f", for files in {file.folder}" if file.folder else ""
    restricted += f", for files that match {', '.join(file.paths)}" if file.paths else ""
    return f"Instructions from {file.path} ({file.scope}){restricted}{news}:\n\n"


def _requested(memory: Memory, envelope: Envelope, event: InstructionsRequested) -> Memory:
    if event.why != "touch":
        return replace(memory, looks=envelope.seq, opening=event.why == "session")
    return replace(memory, folders=_with(memory.folders, event.folders), counting=_with(memory.counting, event.rules))


def _with(there: tuple[str, ...], new: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*there, *new)))


def _found(memory: Memory, envelope: Envelope, event: InstructionsFound) -> Memory:
    if event.call == memory.looks:
        memory = replace(memory, read_at=envelope.ts if memory.opening else 0)
    if not event.partly:
        return replace(memory, files=event.files, current=event.files, rules=event.rules)
    files = {file.path: file for file in memory.current if file.path not in event.gone}
    files |= {file.path: file for file in event.files}
    rules = {rule.path: rule for rule in memory.rules if rule.path not in event.dropped}
    rules |= {rule.path: rule for rule in event.rules}
    current = tuple(files.values())
    sent = memory.files if event.behind else current
    counting = tuple([path for path in memory.counting if path in rules])
    return replace(memory, files=sent, current=current, rules=tuple(rules.values()), counting=counting)


def _received(memory: Memory, envelope: Envelope, event: InputReceived) -> Memory:
    return replace(memory, stale=envelope.ts - memory.read_at >= JUST_NOW_NS, read_at=0)


MEMORY = Projection(
    "memory",
    Memory(),
    {
        InstructionsRequested: _requested,
        InstructionsFound: _found,
        InputReceived: _received,
        ContextCompacted: lambda memory, _, __: replace(memory, files=memory.current),
        ContextCleared: lambda memory, _, __: memory.begun_anew(),
    },
    owner="agent",
)
