"""The answer of a run as data, in a form that whoever started it has asked for."""

from claw.events.base import Derived


class OutputDelivered(Derived, frozen=True, kw_only=True, tag="output.delivered"):
    """The arguments of the call that `request` names are the answer."""

    request: int


class OutputDemanded(Derived, frozen=True, kw_only=True, tag="output.demanded"):
    """The model wanted to end its turn without the answer; `text` is told to it."""

    text: str
