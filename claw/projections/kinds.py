"""The kinds of agent that there are."""

import msgspec

from claw.events.agent import AgentKind, AgentsChanged
from claw.events.session import Model
from claw.projections.base import Projection


class Kinds(msgspec.Struct, frozen=True, kw_only=True):
    known: tuple[AgentKind, ...] = ()
    models: dict[str, Model] = {}
    """Those that a call may name for its agent."""

    def find(self, name: str) -> AgentKind | None:
        """The kind of this name; upper and lower case are the same. None: there is none."""
        return next((kind for kind in self.known if kind.name.lower() == name.lower()), None)


KINDS = Projection(
    "kinds", Kinds(), {AgentsChanged: lambda _, __, event: Kinds(known=event.kinds, models=event.models)}
)
