"""What the model gets to see beside the conversation, and how a long conversation is made short."""

from typing import ClassVar, Literal

import msgspec

from claw.events.base import Content, Derived, Event, Intent, Observed


class InstructionFile(msgspec.Struct, frozen=True, kw_only=True):
    """`path` is relative to the workspace where it lies inside. `digest` is BLAKE3 of the text."""

    path: str
    scope: Literal["user", "project"]
    digest: str
    text: Content


class InstructionsFound(Observed, frozen=True, kw_only=True, tag="context.instructions_found"):
    """Outermost first: the user's, then from the repository's root down to the workspace.

    A file that another one imports (`@path`) follows it. `skipped` has a sentence for each file that was left out.
    """

    durable: ClassVar[bool] = False

    call: int
    files: tuple[InstructionFile, ...]
    skipped: tuple[str, ...] = ()


class InstructionsRequested(Intent, frozen=True, kw_only=True, tag="context.instructions_requested"):
    """Read the instruction files (`CLAUDE.md`, `AGENTS.md`) of the user and of the workspace."""

    version: ClassVar[int] = 2
    durable: ClassVar[bool] = False  # its handler only reads
    ends: ClassVar[tuple[type[Event], ...]] = (InstructionsFound,)
    cancellable: ClassVar[bool] = False


class CompactionStarted(Derived, frozen=True, kw_only=True, tag="context.compaction_started"):
    """The entries from `first` up to `keep_from` (seqs of conversation entries; None: the end) will be summarised.

    `limit`: of each text among them the model is shown at most so many bytes of UTF-8; None: all, and before version 2.
    """

    version: ClassVar[int] = 2

    reason: Literal["window", "overflow", "command"]
    first: int
    keep_from: int | None = None
    limit: int | None = None


class ContextAdded(Derived, frozen=True, kw_only=True, tag="context.added"):
    """Text of a hook's for the model, sent with the next request. `call` is the hook's, `subject` what it is about."""

    call: int
    subject: int
    text: str


class ContextCleared(Derived, frozen=True, kw_only=True, tag="context.cleared"):
    """The model begins with an empty conversation; the log keeps the old one."""


class ContextCompacted(Derived, frozen=True, kw_only=True, tag="context.compacted"):
    """`summary`, the user's first words and the entries from `keep_from` on are the conversation now.

    `limit`: at most so many bytes of UTF-8 of the first words; None: all, and before version 2.
    """

    version: ClassVar[int] = 2

    summary: str
    keep_from: int | None = None
    limit: int | None = None
