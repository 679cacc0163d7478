"""What the person at the keyboard, or the program in front of claw, sent."""

from typing import ClassVar, Literal, TypeAlias

import msgspec

from claw.events.base import Content, Observed
from claw.events.command import CommandUse


class InputSource(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where an input comes from that nobody has typed into this session.

    `outside`: another process of the same user's has sent it, which calls itself `name`. `schedule`: it was due by the
    schedule with the id `name`. `at`: when it was sent, or due, in ns since 1970 UTC.
    """

    how: Literal["outside", "schedule"]
    name: str = ""
    at: int = 0

    @property
    def told(self) -> str:
        """The same in a few words."""
        if self.how == "outside":
            return f"sent from outside, by {self.name}" if self.name else "sent from outside"
        return f"due by schedule {self.name}"


class InputReceived(Observed, frozen=True, kw_only=True, tag="input.received"):
    """Said to the agent in the header. `id` is the sender's own: sent again with the same text it is answered with the
    first receipt. `waits`: where a turn is open it waits until that is over, and begins the next one; else the model
    reads it with its next request, in the middle of the turn. `source`: None where a person typed it here, or whoever
    started claw gave it. `command`: what the text stands for, which names a command file or a skill; None: for itself.
    """

    version: ClassVar[int] = 4

    text: Content
    id: str = ""
    digest: str = ""
    """BLAKE3 of the text, where `id` is given."""
    waits: bool = False
    source: InputSource | None = None
    command: CommandUse | None = None


class InputWithdrawn(Observed, frozen=True, kw_only=True, tag="input.withdrawn"):
    """The person has taken back an input (the seq of its `input.received`) that waited for the end of a turn: it is
    never sent.
    """

    input: int


class AsideAsked(Observed, frozen=True, kw_only=True, tag="input.aside_asked"):
    """A question beside the conversation: the model has the conversation to answer it by, and neither the question nor
    the answer becomes a part of that.
    """

    text: Content


class ShellEntered(Observed, frozen=True, kw_only=True, tag="input.shell_entered"):
    """A command line that the person runs themselves, typed behind a `!`: where a turn is open it waits until that is
    over. What it says enters the conversation, and asks for no reply by itself.
    """

    command: str


class InputInterrupted(Observed, frozen=True, kw_only=True, tag="input.interrupted"):
    """The turn of the agent in the header is called off. `quit`, `signal`: and no other begins, though inputs may wait.
    One that another agent has started ends with it, whatever waits.
    """

    how: Literal["user", "signal", "quit"]


CommandName: TypeAlias = Literal["compact", "uncompact", "clear", "revoke"]


class CommandInvoked(Observed, frozen=True, kw_only=True, tag="input.command_invoked"):
    """A slash command that changes the session; those that only show something leave no event."""

    name: CommandName
    argument: str = ""
