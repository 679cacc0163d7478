"""What the session is about, in a few words of a model's."""

import msgspec
from msgspec.structs import replace

from claw.events.base import Envelope
from claw.events.model import ModelRequested
from claw.events.session import SessionTitled
from claw.projections.base import Projection


class Titles(msgspec.Struct, frozen=True, kw_only=True):
    """`call`: which call of a model was to name it, by key; -1: none was made yet."""

    call: int = -1
    title: str = ""


def _requested(titles: Titles, envelope: Envelope, event: ModelRequested) -> Titles:
    return replace(titles, call=envelope.seq) if event.purpose == "title" else titles


TITLES = Projection(
    "titles",
    Titles(),
    {
        ModelRequested: _requested,
        SessionTitled: lambda titles, _, event: replace(titles, title=event.title),
    },
)
