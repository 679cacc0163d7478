"""Whether the answer that a run has to give as data has been given."""

import msgspec
from msgspec.structs import replace

from claw.events.base import Envelope
from claw.events.input import InputReceived
from claw.events.model import ModelRequested
from claw.events.output import OutputDelivered, OutputDemanded
from claw.projections.base import Projection


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """`is_done`: the last reply gave it. `demanded`: how often the model was told to since the last input."""

    is_done: bool = False
    demanded: int = 0


def _requested(delivery: Delivery, envelope: Envelope, event: ModelRequested) -> Delivery:
    return replace(delivery, is_done=False) if delivery.is_done else delivery


DELIVERY = Projection(
    "delivery",
    Delivery(),
    {
        InputReceived: lambda _, __, ___: Delivery(),
        ModelRequested: _requested,
        OutputDelivered: lambda delivery, _, __: replace(delivery, is_done=True),
        OutputDemanded: lambda delivery, _, __: replace(delivery, demanded=delivery.demanded + 1),
    },
    owner="agent",
)
