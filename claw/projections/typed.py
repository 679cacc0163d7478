"""Lines of the person's that run commands: what waits for the end of the turn, and what the model reads of it."""

import msgspec

from claw.events.base import Content
from claw.events.command import CommandUse, Item, Leave
from claw.events.content import TextBlock
from claw.events.results import in_words
from claw.events.tool import CallOrigin
from claw.projections.turn import ToolCall


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """`seq` is the event that the line came with; what `items` want is done one after the other.

    `parts` are the texts around what that gives, of a line that is an input then: one more than there are items. None:
    the person runs the one command, and what it says is told. `leave` is what the line gives its turn.
    """

    seq: int
    items: tuple[Item, ...]
    parts: tuple[Content, ...] | None = None
    leave: Leave = Leave()

    def begun(self) -> tuple[ToolCall, ...]:
        """Its calls before anybody has requested them."""
        origin: CallOrigin = "person" if self.parts is None else "command"
        return tuple(
            ToolCall(id=f"typed_{self.seq}_{number}", name="", origin=origin, wanted=item)
            for number, item in enumerate(self.items)
        )


def ran(call: ToolCall) -> str:
    """What the model reads of a command that the person has run."""
    command, said = call.wanted.text if call.wanted else "", output_of(call)
    return (
        "[The user ran this in their own shell; it asks for no answer by itself.]\n"
        f"<bash-input>{command}</bash-input>\n<bash-stdout>{said}</bash-stdout>"
    )


def filled_in(parts: tuple[Content, ...], calls: tuple[ToolCall, ...] = ()) -> tuple[TextBlock, ...]:
    """The text with what each item gave in its place: one block, unless a part lies in the blob store."""
    texts = [parts[0]]
    for call, behind in zip(calls, parts[1:], strict=True):
        texts += [output_of(call), behind]
    inline = [text for text in texts if isinstance(text, str)]
    if len(inline) == len(texts):
        return (TextBlock(text="".join(inline)),)
    return tuple([TextBlock(text=text) for text in texts if text])


def sent(use: CommandUse) -> tuple[TextBlock, ...]:
    """What the model reads for a command into which nothing has to be put."""
    return filled_in(use.parts)


def output_of(call: ToolCall) -> str:
    """What it said, or why it did not run; of what is no text only the label."""
    return in_words(call.result.content, _inline) if call.result is not None else ""


def _inline(text: Content) -> str:
    """None of it is in the blob store: such a call has too little room for that (`decide.typed.MOST_ROOM`)."""
    return text if isinstance(text, str) else ""
