"""The canonical request: what a model is asked, before any provider's wire format."""

from collections.abc import Sequence
from typing import Literal, Protocol, TypeAlias, overload

import msgspec

from claw.events.base import Content
from claw.events.content import Api, Message

Effort: TypeAlias = Literal["off", "low", "medium", "high"]


TOOLS = "tools"
"""A part that a request may be `without`: no tools are offered."""
SYSTEM = "system"
"""Another: the instructions are the beginning of the first message."""
IMAGES, DOCUMENTS = "images", "documents"
"""Two more: a sentence stands in the place of each in a result."""
FREEFORM = "freeform"
"""Another, and an ability: a tool whose input is a text by a grammar is offered as one."""
ASIDE_NOTE = (
    "[claw: The user asks this beside the conversation, which goes on without it. Answer at once and briefly, by what "
    "you know: no tool will be run for this answer.]"
)
"""What stands behind a question beside the conversation. Tools are offered as always, so that what the server has
cached of the conversation is of use.
"""
TITLE_MARK = "<user-asked>"
"""What begins a message that is not to be answered, but named."""
JUDGE_MARK = "<user-condition>"
"""What begins a message with a condition of the user's that is to be judged, for a hook."""
API = "api"
"""No part of a request: the server does not have the API that it was asked by, and is asked by Chat Completions."""


class OfferedTool(msgspec.Struct, frozen=True, kw_only=True):
    """What the model is told of a tool. `schema` is the JSON Schema of its arguments, as JSON text; `grammar` that of
    the only one of them, a text called `input`, where it has one.
    """

    name: str
    description: str
    schema: str
    grammar: str = ""


class Parameters(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`max_tokens` bounds the reply; `effort` how much the model may think; `tools` whether it may call any; `without`
    names parts of the request that the server has refused, or that the model is known not to take. `having` are
    abilities that the user says the model has, by the words of `claw.providers.abilities`.
    """

    max_tokens: int
    effort: Effort = "off"
    tools: Literal["auto", "none"] = "auto"
    without: tuple[str, ...] = ()
    having: tuple[str, ...] = ()


class Holder(Protocol):
    """What holds a message."""

    @property
    def message(self) -> Message: ...


class Messages(Sequence[Message]):
    """The messages that these hold, taken out when somebody looks at them: a request is made for each turn, and what
    most of its messages become was made for the one before. A part of it is a tuple.
    """

    __slots__ = ("holders",)

    def __init__(self, holders: tuple[Holder, ...]) -> None:
        self.holders = holders

    def __len__(self) -> int:
        return len(self.holders)

    @overload
    def __getitem__(self, place: int) -> Message: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[Message, ...]: ...

    def __getitem__(self, place: int | slice) -> Message | tuple[Message, ...]:
        if isinstance(place, slice):
            return tuple([holder.message for holder in self.holders[place]])
        return self.holders[place].message

    def __eq__(self, other: object) -> bool:
        return isinstance(other, (Messages, tuple)) and tuple(self) == tuple(other)

    def __repr__(self) -> str:
        return repr(tuple(self))

    __hash__ = None  # type: ignore[assignment] # as it is of other things that hold what cannot be hashed


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """Pure value; `claw.prompt` builds it and computes its digest. Contents may still be blobs."""

    provider: str
    api: Api
    model: str
    parameters: Parameters
    system: tuple[Content, ...]
    tools: tuple[OfferedTool, ...]
    messages: Messages | tuple[Message, ...]
    conversation: str = ""
    """Which conversation it is about, in words that mean nothing to others: one agent's in a session and its forks. No
    part of the digest.
    """
