"""All that decisions are made from: what belongs to the session, and one `Agent` for each agent in it.

Every projection says whose it is; `fold` is the one place where an event finds the values that it changes.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace

from claw.events.agent import AgentSpawned
from claw.events.base import Envelope, Event
from claw.events.environment import EnvironmentObserved
from claw.events.kinds import KINDS as EVENTS
from claw.events.kinds import TERMINAL
from claw.events.permission import Mode, PermissionAsked, PermissionEvaluated, is_stricter
from claw.events.session import ConfigChanged, Model, SessionForked, SessionResumed, SessionStarted
from claw.events.skill import KnownSkill
from claw.events.tool import ToolStarted
from claw.events.tools import ToolSpec
from claw.projections.base import Owner, Projection
from claw.projections.budget import BUDGET, Budget
from claw.projections.conversation import Conversation
from claw.projections.conversation_fold import CONVERSATION
from claw.projections.delivery import DELIVERY, Delivery
from claw.projections.environment import ENVIRONMENT, Surroundings
from claw.projections.hooks import HOOKS, Hooks
from claw.projections.kinds import KINDS, Kinds
from claw.projections.long_term import LONG_TERM, LongTerm
from claw.projections.mcp import MCP, Mcp
from claw.projections.memory import MEMORY, Memory
from claw.projections.origin import ORIGIN, Origin
from claw.projections.pending import PENDING, Pending
from claw.projections.permissions import PERMISSIONS, Permissions
from claw.projections.rates import RATES, Rates
from claw.projections.schedules import SCHEDULES, Schedules
from claw.projections.servers import SERVERS, Servers
from claw.projections.session import SESSION, SessionInfo
from claw.projections.shells import SHELLS, Shells
from claw.projections.skills import SKILLS
from claw.projections.tasks import TASKS, Tasks
from claw.projections.titles import TITLES, Titles
from claw.projections.tools import FOUND, TOOLS, Tools, suits
from claw.projections.turn import Turn
from claw.projections.usage import USAGE, UsageTotals


class RecordedVerdicts(msgspec.Struct, frozen=True, kw_only=True):
    """What another policy than this claw's said in one step, by the seq of the `tool.requested` that it was said of."""

    evaluated: dict[int, PermissionEvaluated] = {}
    asked: dict[int, PermissionAsked] = {}
    started: dict[int, ToolStarted] = {}


MAIN = 0
"""Id of the agent that the person talks to."""


class Agent(msgspec.Struct, frozen=True, kw_only=True):
    """One agent: its conversation with the turn in it, and what it has under way."""

    id: int = MAIN
    origin: Origin = ORIGIN.initial
    conversation: Conversation = CONVERSATION.initial
    memory: Memory = MEMORY.initial
    long_term: LongTerm = LONG_TERM.initial
    environment: Surroundings = ENVIRONMENT.initial
    pending: Pending = PENDING.initial
    budget: Budget = BUDGET.initial
    hooks: Hooks = HOOKS.initial
    servers: Servers = SERVERS.initial
    found: tuple[str, ...] = FOUND.initial
    tasks: Tasks = TASKS.initial
    delivery: Delivery = DELIVERY.initial

    @property
    def turn(self) -> Turn:
        """What it does now."""
        return self.conversation.turn

    @property
    def over(self) -> bool:
        """It has ended, or will, and does nothing more: what was done in its worktree is being put into a branch."""
        return self.origin.end is not None or (self.origin.last_turn is not None and not self.turn.is_open)

    @property
    def quiet(self) -> bool:
        """Nothing runs and nothing is owed; nobody waits for a title."""
        return not self.pending.owed and (self.origin.end is not None or not self.turn.is_open)


class State(msgspec.Struct, frozen=True, kw_only=True):
    """`agents` are by id; `MAIN` is always among them."""

    session: SessionInfo = SESSION.initial
    permissions: Permissions = PERMISSIONS.initial
    usage: UsageTotals = USAGE.initial
    shells: Shells = SHELLS.initial
    titles: Titles = TITLES.initial
    tools: Tools = TOOLS.initial
    mcp: Mcp = MCP.initial
    kinds: Kinds = KINDS.initial
    skills: tuple[KnownSkill, ...] = SKILLS.initial
    rates: Rates = RATES.initial
    schedules: Schedules = SCHEDULES.initial
    now: int = 0
    """When the last event came that changed something."""
    agents: dict[int, Agent] = msgspec.field(default_factory=lambda: {MAIN: Agent()})
    verdicts: RecordedVerdicts | None = None
    """Verdicts to take as given in this step; None: policy is asked. Only replay sets it, and no event changes it."""

    @property
    def main(self) -> Agent:
        """The agent that the person talks to."""
        return self.agents[MAIN]

    @property
    def quiet(self) -> bool:
        """No agent has anything under way or owes anything."""
        waits = self.main.pending.title is not None and self.session.settings.titles == "waited"
        return not waits and all(agent.quiet for agent in self.agents.values())

    @property
    def busy(self) -> bool:
        """The person's turn is open, an agent works in the background, or the model answers beside the conversation."""
        return (
            self.main.turn.is_open
            or bool(self.main.pending.asides)
            or any(not agent.quiet for agent in self.agents.values() if agent.id != MAIN)
        )

    @property
    def calls(self) -> dict[int, tuple[int, str]]:
        """Open calls of all agents: key -> the agent's id, the intent's kind."""
        return {call: (agent.id, kind) for agent in self.agents.values() for call, kind in agent.pending.calls.items()}

    # --- what an agent has of its own, and of the session else ---

    def mode_of(self, agent: Agent) -> Mode:
        """The mode that its calls are judged in: never one that is not the session's or stricter."""
        own, mode = agent.origin.mode, self.permissions.mode
        return own if own is not None and is_stricter(own, mode) else mode

    def model_of(self, agent: Agent) -> Model:
        """The model that it asks, but for plan mode."""
        fallback = self.session.settings.fallback
        if agent.servers.fallen_back and fallback is not None:
            return fallback
        if agent.conversation.leave.model is not None:
            return agent.conversation.leave.model
        models = [kind.model for kind in agent.origin.kinds if kind.model is not None]
        return models[-1] if models else self.session.settings.model

    def workspace_of(self, agent: Agent) -> str:
        """Where it works."""
        return agent.origin.workspace or self.session.workspace

    def tools_of(self, agent: Agent) -> tuple[ToolSpec, ...]:
        """The tools that it is offered. Deferred ones are its own that its kind names, and behind them those that it
        has found: so the beginning of its prompt stays as it was.
        """
        offered = self.tools.offered
        kind = agent.origin.kind
        if kind is None and not agent.found:
            return offered
        own = dict.fromkeys((*((kind.tools or ()) if kind else ()), *agent.found))
        known = self.tools.known
        return tuple(filter(agent.origin.may_use, (*offered, *(known[name] for name in own if name in known))))

    def told_of(self, agent: Agent, model: str) -> tuple[ToolSpec, ...]:
        """Those of them that a model of this name is told of."""
        return tuple(tool for tool in self.tools_of(agent) if suits(tool, model))

    def started_by(self, agent: Agent) -> list[Agent]:
        """The agents that it has started."""
        return [other for other in self.agents.values() if other.origin.parent == agent.id]

    def children_of(self, agent: Agent) -> list[Agent]:
        """Those of them that have not ended."""
        return [other for other in self.started_by(agent) if not other.origin.end]


PROJECTIONS: tuple[Projection[Any], ...] = (
    SESSION,
    CONVERSATION,
    MEMORY,
    LONG_TERM,
    ENVIRONMENT,
    PENDING,
    PERMISSIONS,
    BUDGET,
    USAGE,
    HOOKS,
    SERVERS,
    SHELLS,
    TITLES,
    RATES,
    SCHEDULES,
    TASKS,
    DELIVERY,
    TOOLS,
    MCP,
    FOUND,
    KINDS,
    SKILLS,
    ORIGIN,
)
INITIAL = State()

_TO_ALL_AGENTS: tuple[type[Event], ...] = (
    SessionStarted,
    SessionForked,
    SessionResumed,
    ConfigChanged,
    EnvironmentObserved,
)
"""Events of the session's that mean something to every agent; any other is its envelope's agent's."""

_Folds = tuple[tuple[str, Callable[..., Any]], ...]
"""Names of values, and the functions that change them."""


class _Route(NamedTuple):
    """What a kind of event changes; `ends`: it changes nothing unless it ends an open call."""

    of_session: _Folds
    of_agent: _Folds
    to_all: bool
    ends: bool


def _routes(parts: Sequence[Projection[Any]]) -> dict[type[Event], _Route]:
    found: dict[type[Event], dict[Owner, _Folds]] = {}
    for part in parts:
        for kind, function in part.folds.items():
            folds = found.setdefault(kind, {"session": (), "agent": ()})
            folds[part.owner] += ((part.name, function),)
    ending = TERMINAL if PENDING in parts else ()
    return {
        kind: _Route(folds["session"], folds["agent"], kind in _TO_ALL_AGENTS, kind in ending)
        for kind, folds in found.items()
    }


_ROUTES = _routes(PROJECTIONS)
UNFOLDED = tuple((kind, cls.version) for kind, cls in EVENTS.items() if cls not in _ROUTES)
"""Kinds of events that change no state, and up to which version that is known: nobody who folds needs them."""


def is_folded(kind: type[Event]) -> bool:
    """Whether an event of this kind may change the state."""
    return kind in _ROUTES


def is_late(state: State, envelope: Envelope) -> bool:
    """Whether the event would end a call that has ended: it changes nothing, and nothing follows from it."""
    route = _ROUTES.get(type(envelope.data))
    return route is not None and route.ends and envelope.data.call not in state.agents[envelope.agent].pending.calls


def fold(state: State, envelope: Envelope) -> State:
    """The state after this event. Pure."""
    return fold_all(state, (envelope,))


def fold_all(state: State, envelopes: Iterable[Envelope]) -> State:
    """The state after all of these. Pure."""
    return _folded(_ROUTES, state, envelopes)


def folding(parts: Sequence[Projection[Any]]) -> Callable[[State, Envelope], State]:
    """The fold of these projections alone. Without `PENDING` no call is known, and none is known to have ended."""
    routes = _routes(parts)
    return lambda state, envelope: _folded(routes, state, (envelope,))


def _folded(routes: Mapping[type[Event], _Route], state: State, envelopes: Iterable[Envelope]) -> State:
    """What changes is kept by name until the last event: most values change with most events."""
    changed: dict[str, Any] = {}
    agents = state.agents
    own: dict[int, dict[str, Any]] = {}
    for envelope in envelopes:
        event: Any = envelope.data
        route = routes.get(type(event))
        if route is None:  # Most events are chunks, which change nothing.
            continue
        of_session, of_agent, to_all, ends = route
        id = envelope.agent
        if ends:
            pending = own[id]["pending"] if id in own and "pending" in own[id] else agents[id].pending
            if event.call not in pending.calls:
                continue
        if of_agent:
            if type(event) is AgentSpawned:
                parent = agents[event.parent]
                agents = {**agents, id: _born(replace(parent, **own.get(event.parent, {})), id)}
            for one in agents if to_all else (id,):
                values = own.get(one)
                if values is None:
                    values = own[one] = {}
                agent = agents[one]
                for name, function in of_agent:
                    values[name] = function(values[name] if name in values else getattr(agent, name), envelope, event)
        for name, function in of_session:
            changed[name] = function(changed[name] if name in changed else getattr(state, name), envelope, event)
        changed["now"] = envelope.ts
    if own:
        changed["agents"] = agents | {id: replace(agents[id], **values) for id, values in own.items()}
    return replace(state, **changed) if changed else state


def _born(parent: Agent, id: int) -> Agent:
    """An agent before its first event, which makes its origin of its parent's."""
    return Agent(
        id=id,
        origin=parent.origin,
        memory=parent.memory.begun_anew(),
        long_term=parent.long_term.begun_anew(),
        environment=Surroundings(now=parent.environment.now),
        hooks=Hooks(configured=parent.hooks.configured),
        servers=parent.servers,
    )
