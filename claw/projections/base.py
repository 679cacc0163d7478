"""A projection: a name, an initial value and a fold."""

from collections.abc import Callable, Mapping
from typing import Any, Generic, Literal, TypeAlias, TypeVar

from msgspec import Struct

from claw.events.base import Envelope, Event

T = TypeVar("T")

Owner: TypeAlias = Literal["session", "agent"]


class Projection(Struct, Generic[T], frozen=True):
    """`folds` has one pure function per kind of event that matters: (value, envelope, event) -> value.

    A fold changes nothing in place. Kinds without a function leave the value as it is. `owner`: the session has one
    value, or each agent has its own.
    """

    name: str
    initial: T
    folds: Mapping[type[Event], Callable[[T, Envelope, Any], T]]
    owner: Owner = "session"

    def fold(self, value: T, envelope: Envelope) -> T:
        """The value after this event."""
        function = self.folds.get(type(envelope.data))
        return value if function is None else function(value, envelope, envelope.data)
