"""Lines of the person's that run commands: what waits for the end of the turn, and what the model reads of it."""

import msgspec

from claw.events.content import TextBlock
from claw.events.tool import CallOrigin
from claw.projections.turn import ToolCall


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """`seq` is the event that the line came with, `commands` are run one after the other.

    `parts` are the texts around what they say, of a line that is an input then: one more than there are commands. None:
    the person runs the one command, and what it says is told.
    """

    seq: int
    commands: tuple[str, ...]
    parts: tuple[str, ...] | None = None

    def begun(self) -> tuple[ToolCall, ...]:
        """Its calls before anybody has requested them."""
        origin: CallOrigin = "person" if self.parts is None else "command"
        return tuple(
            ToolCall(id=f"typed_{self.seq}_{number}", name="", origin=origin, wanted=command)
            for number, command in enumerate(self.commands)
        )


def ran(call: ToolCall) -> str:
    """What the model reads of a command that the person has run."""
    said = output_of(call)
    return (
        "[The user ran this in their own shell; it asks for no answer by itself.]\n"
        f"<bash-input>{call.wanted}</bash-input>\n<bash-stdout>{said}</bash-stdout>"
    )


def filled_in(parts: tuple[str, ...], calls: tuple[ToolCall, ...]) -> str:
    """The text with what each command said in its place."""
    said = (text for call, behind in zip(calls, parts[1:], strict=True) for text in (output_of(call), behind))
    return "".join((parts[0], *said))


def output_of(call: ToolCall) -> str:
    """What it said, or why it did not run."""
    blocks = call.result.content if call.result is not None else ()
    # None of them is in the blob store: such a call has too little room for that (`decide.typed.MOST_ROOM`).
    return "\n".join([block.text for block in blocks if isinstance(block, TextBlock) and isinstance(block.text, str)])
