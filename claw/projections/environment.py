"""What an agent's model has been told of where it works, and how that is by now."""

import msgspec
from msgspec.structs import replace

from claw.events.base import Envelope
from claw.events.context import ContextCleared, ContextCompacted
from claw.events.environment import Environment, EnvironmentObserved, EnvironmentTold
from claw.events.model import ModelRequested
from claw.projections.base import Projection


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """`first` stands in the instructions, and stays as it is as long as the conversation does: what a server has cached
    begins with it. `told` is what the model knows by notes that came since.
    """

    now: Environment | None = None
    first: Environment | None = None
    first_model: str = ""
    told: Environment | None = None
    told_model: str = ""
    plan: bool = False
    """The model was told that plan mode is on."""
    is_begun: bool = False
    """The conversation has been sent."""


def _requested(known: Surroundings, envelope: Envelope, event: ModelRequested) -> Surroundings:
    if known.is_begun or event.purpose != "turn":
        return known
    model = event.model
    return replace(known, first=known.now, told=known.now, first_model=model, told_model=model, is_begun=True)


def _told(known: Surroundings, envelope: Envelope, event: EnvironmentTold) -> Surroundings:
    return replace(known, told=event.environment, told_model=event.model, plan=event.plan)


def _anew(known: Surroundings, envelope: Envelope, event: ContextCleared | ContextCompacted) -> Surroundings:
    """What stood in the conversation is gone, so that it begins with what is true now."""
    return Surroundings(now=known.now)


ENVIRONMENT = Projection(
    "environment",
    Surroundings(),
    {
        EnvironmentObserved: lambda known, _, event: replace(known, now=event.environment or known.now),
        ModelRequested: _requested,
        EnvironmentTold: _told,
        ContextCleared: _anew,
        ContextCompacted: _anew,
    },
    owner="agent",
)
