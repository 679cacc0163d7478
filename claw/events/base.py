"""What every event is: a frozen fact with a dotted past-tense name, and the envelope the log keeps it in.

Modules of events and of projections do without `from __future__ import annotations`: msgspec asks for the types of
fields when a decoder is made, and to evaluate them one by one from strings takes four times as long as to import them.
"""

from typing import Any, ClassVar, Literal, TypeAlias

import msgspec

DERIVED, DURABLE, SKIPPABLE = 1, 2, 4
"""Flags of a record's header (`docs/log-format.md`)."""


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", omit_defaults=True):
    """The root of all events. The class constants say how the log and the runtime treat the kind."""

    version: ClassVar[int] = 1
    """Schema version written; `claw.events.upcasting` lifts older ones on read."""
    derived: ClassVar[bool] = False
    """Whether claw decided it (True) or observed it (False)."""
    durable: ClassVar[bool] = True
    """Whether the step that holds it must be on disk before anything acts on it: an intent that changes the world,
    costs money or leaves the machine; what a person or a client is told was taken; how a turn ends. Anything else is
    on disk with the next of those at the latest, since it lies before it in one file; until then a crash of the machine
    takes it back together with all that followed from it.
    """
    skippable: ClassVar[bool] = False
    """Whether a reader that does not know the kind may go on without it."""
    intent: ClassVar[bool] = False
    """Whether a handler performs it and reports back."""


class Observed(Event, frozen=True, kw_only=True):
    """A fact from outside."""


class Derived(Event, frozen=True, kw_only=True):
    """A decision of claw's own."""

    derived: ClassVar[bool] = True


Resumption: TypeAlias = Literal["repeat", "report", "keep"]
"""What resume does with a call that claw's death left open: have it performed again under the same key; end it as lost,
so that it is reported and never performed again by itself; or leave it open, since what will end it goes on.
"""


class Intent(Derived, frozen=True, kw_only=True):
    """A decision that asks for something to be done; its seq is the key of the call that does it.

    Everything that is true of a kind of intent is declared in its class: the pending calls, recovery, the checks of
    `claw verify` and the terminal's status read it there.
    """

    intent: ClassVar[bool] = True
    ends: ClassVar[tuple[type[Event], ...]] = ()
    """The kinds of event of which exactly one ends the call; each names it in `call`. None: there is no call to end."""
    pieces: ClassVar[type[Event] | None] = None
    """The kind of event that brings parts of what the call gives; each names it in `call`."""
    resume: ClassVar[Resumption] = "repeat"
    cancellable: ClassVar[bool] = True
    """Whether the person's interrupt calls it off."""
    doing: ClassVar[str] = ""
    """What people are told while it is open, as in "Running"; empty: nothing of its own."""

    @property
    def resumption(self) -> Resumption:
        """What resume does with this very call. One that is kept is nobody's to perform: derived events end it."""
        return self.resume


class Unknown(Observed, frozen=True, kw_only=True, tag="unknown"):
    """A record of a kind, or of a version of a kind, that this claw does not know. Its bytes are kept."""

    name: str
    payload: bytes


class Envelope(msgspec.Struct, frozen=True):
    """One event where it stands in the log. `ts` is ns since 1970 UTC; `cause` the seq it follows from."""

    seq: int
    ts: int
    kind: str
    version: int
    agent: int
    cause: int | None
    flags: int
    data: Any

    @property
    def derived(self) -> bool:
        return bool(self.flags & DERIVED)


class Blob(msgspec.Struct, frozen=True, tag="blob", tag_field="type"):
    """Content that lies in the blob store: BLAKE3 digest (hex), size in UTF-8 bytes."""

    digest: str
    size: int


Content: TypeAlias = str | Blob
"""Text, inline up to `INLINE_LIMIT` bytes of UTF-8, else by reference."""

INLINE_LIMIT = 64 * 1024
