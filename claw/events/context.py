"""What the model gets to see beside the conversation, and how a long conversation is made short."""

from typing import ClassVar, Literal, TypeAlias

import msgspec

from claw.events.base import Content, Derived, Event, Intent, Observed

Scope: TypeAlias = Literal["managed", "user", "project"]
"""Whose words they are: the machine's administrator's, the user's, or those of whoever wrote the repository."""


class InstructionFile(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`path` is relative to the workspace where it lies inside. `digest` is BLAKE3 of the text."""

    path: str
    scope: Scope
    digest: str
    text: Content
    imported_by: str = ""
    """Path of the file that imports it; empty: it counts by its own name."""
    folder: str = ""
    """The folder, relative to the workspace, with whose files it came; empty: it counts for all work."""
    paths: tuple[str, ...] = ()
    """Of a rule: the gitignore patterns of the files that it is for; none: for all."""
    replaces: str = ""
    """The digest that it had when it was told before; empty: it is new."""


class InstructionRule(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A rule that counts as soon as a file is touched which one of its `paths` names; they start at `base`, relative to
    the workspace where that lies inside. `path`, `scope`, `digest`, `folder` as of a file.
    """

    path: str
    scope: Scope
    digest: str
    paths: tuple[str, ...]
    base: str = ""
    folder: str = ""


class InstructionsFound(Observed, frozen=True, kw_only=True, tag="context.instructions_found"):
    """Outermost first: the machine's, the user's, then from the repository's root down to the workspace.

    A file that another one imports (`@path`) follows it. `skipped` has a sentence for each file that was left out, and
    for each of which only a part counts.

    `partly`: `files` and `rules` are those that are new or have changed, `gone` the files that do not count any more,
    `dropped` the rules that wait for no file any more; else they are all there are. `behind`: the model is told of them
    behind the conversation, which has begun; else before it.
    """

    version: ClassVar[int] = 2
    durable: ClassVar[bool] = False

    call: int
    files: tuple[InstructionFile, ...]
    skipped: tuple[str, ...] = ()
    rules: tuple[InstructionRule, ...] = ()
    gone: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    partly: bool = False
    behind: bool = False


class InstructionsRequested(Intent, frozen=True, kw_only=True, tag="context.instructions_requested"):
    """Read the instruction files (`CLAUDE.md`, `AGENTS.md`, rules) of the user and of the workspace.

    `why`: the session begins or goes on; an input has come, so what has changed is wanted; or a call touches files, so
    what its `folders` and these `rules` (paths of their files) say is wanted, and nothing else. Otherwise `folders` and
    `rules` are those that were touched, and that count because of it, so far.

    `known` are the digests of what the agent was told, by path, `waiting` those of rules of whose files none was
    touched. `behind` is as in what is found, `workspace` as in `tool.resolve_requested`.
    """

    version: ClassVar[int] = 3
    durable: ClassVar[bool] = False  # its handler only reads
    ends: ClassVar[tuple[type[Event], ...]] = (InstructionsFound,)
    cancellable: ClassVar[bool] = False

    why: Literal["session", "input", "touch"] = "session"
    workspace: str = ""
    known: dict[str, str] = msgspec.field(default_factory=dict)
    waiting: dict[str, str] = msgspec.field(default_factory=dict)
    folders: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    behind: bool = False


class CompactionStarted(Derived, frozen=True, kw_only=True, tag="context.compaction_started"):
    """The entries from `first` up to `keep_from` (seqs of conversation entries; None: the end) will be summarised.

    `limit`: of each text among them the model is shown at most so many bytes of UTF-8; None: all, and before version 2.
    `focus`: what the person wants the summary to be about above all.
    """

    version: ClassVar[int] = 3

    reason: Literal["window", "overflow", "command"]
    first: int
    keep_from: int | None = None
    limit: int | None = None
    focus: str = ""


class ContextAdded(Derived, frozen=True, kw_only=True, tag="context.added"):
    """Text of a hook's for the model, sent with the next request. `call` is the hook's, `subject` what it is about."""

    call: int
    subject: int
    text: str


class ContextCleared(Derived, frozen=True, kw_only=True, tag="context.cleared"):
    """The model begins with an empty conversation; the log keeps the old one."""


class Carried(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the model is told beside a summary, whatever that says. `tasks` is the list of what is to be done, a task a
    line; `edited` are the last files that calls changed, `refused` calls, each with what it was told.
    """

    tasks: str = ""
    edited: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


class ContextCompacted(Derived, frozen=True, kw_only=True, tag="context.compacted"):
    """`summary`, what the user said and the entries from `keep_from` on are the conversation now.

    `inputs` are the seqs of those inputs among what was summarised that stay word for word; None, and before version 3:
    the user's first words do. `limit`: at most so many bytes of UTF-8 of each; None: all, and before version 2.
    `before` and `after` are what the next request would take, in tokens; 0: nobody has counted.
    """

    version: ClassVar[int] = 3

    summary: str
    keep_from: int | None = None
    limit: int | None = None
    inputs: tuple[int, ...] | None = None
    carried: Carried = Carried()
    before: int = 0
    after: int = 0


class ContextRestored(Derived, frozen=True, kw_only=True, tag="context.restored"):
    """The person takes the summary of `compacted` back: what it stood for is in its place again."""

    compacted: int


class ClearedResult(msgspec.Struct, frozen=True):
    """A result among the blocks of the entry with this seq, and what the model reads in its place."""

    entry: int
    block: int
    text: str


class ResultsCleared(Derived, frozen=True, kw_only=True, tag="context.results_cleared"):
    """Old results make room, so that no summary is needed yet. `freed` is what that saves of a request, in tokens."""

    results: tuple[ClearedResult, ...]
    freed: int
