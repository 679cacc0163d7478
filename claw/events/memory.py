"""Long-term memory: the notes of the user's own log as a session is told of them, and what it wants changed in them."""

from typing import ClassVar, Literal, TypeAlias

import msgspec

from claw.events.base import Derived, Event, Intent, Observed
from claw.events.note import Author

Change: TypeAlias = Literal["create", "str_replace", "insert", "delete", "rename"]
"""What a call wants done with a note."""


class RememberedNote(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A note as it was when it was loaded. `id` is the seq of its `note.written` in the user's own log. It is for
    `project`; empty: for all. It was last written `by` a model or the person, in the event `seq` of `session` (empty:
    in none), on `date`, ISO 8601, UTC.
    """

    id: int
    name: str
    text: str
    date: str
    project: str = ""
    by: Author = "person"
    session: str = ""
    seq: int | None = None


class MemoryLoaded(Observed, frozen=True, kw_only=True, tag="memory.loaded"):
    """All notes that count here; None: those that the agent knows. `digest` is BLAKE3 over them. `problem`: why none
    could be read, for people. `behind` as in the intent.
    """

    durable: ClassVar[bool] = False

    call: int
    digest: str
    notes: tuple[RememberedNote, ...] | None = None
    problem: str = ""
    behind: bool = False


class MemoryRequested(Intent, frozen=True, kw_only=True, tag="memory.requested"):
    """Read the notes that count here. `known` is the digest of those that the agent knows; empty: it knows of none.
    `behind`: the model is told of them behind the conversation, which has begun; else before it.
    """

    durable: ClassVar[bool] = False  # its handler only reads
    ends: ClassVar[tuple[type[Event], ...]] = (MemoryLoaded,)
    cancellable: ClassVar[bool] = False

    known: str = ""
    behind: bool = False


class MemoryTold(Derived, frozen=True, kw_only=True, tag="memory.told"):
    """What has changed in the notes since the agent was told, with the next request."""

    text: str


class MemoryChanged(Observed, frozen=True, kw_only=True, tag="memory.changed"):
    """What has become of a change: `note` is as it says now, or the one with the id `removed` is gone. `told` is for
    the model. `digest` is of all notes as they are now; empty: others were changed as well since they were loaded.
    """

    call: int
    tool_call: int
    told: str
    is_error: bool = False
    note: RememberedNote | None = None
    removed: int | None = None
    digest: str = ""


class MemoryChangeRequested(Intent, frozen=True, kw_only=True, tag="memory.change_requested"):
    """Change a note, for the call `tool_call`, the key of a `tool.started`.

    `path` is the note's, as the model gave it, and `to` another one that it gets. `text` is what the note is to say, or
    what comes in the place of `old`, or behind the line `line`. `known` as in `memory.requested`.
    """

    ends: ClassVar[tuple[type[Event], ...]] = (MemoryChanged,)
    resume: ClassVar[Literal["repeat", "report", "keep"]] = "report"
    cancellable: ClassVar[bool] = False

    tool_call: int
    command: Change
    path: str
    text: str = ""
    old: str = ""
    line: int = 0
    to: str = ""
    known: str = ""
