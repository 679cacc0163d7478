"""A session without a world: feed it observed events, look at what it decides."""

from __future__ import annotations

from typing import Any, TypeVar

from claw._native import POLICY_DIGEST
from claw.decide.step import take
from claw.events.base import Content, Envelope, Event
from claw.events.codec import envelop
from claw.events.content import TextBlock, ToolUseBlock, Usage
from claw.events.context import InstructionsFound
from claw.events.control import LimitAnswered
from claw.events.environment import Environment, EnvironmentObserved
from claw.events.input import InputReceived
from claw.events.model import ModelFinished, StopReason
from claw.events.results import texts
from claw.events.session import Config, Confinement, Model, Prompts, Runtime, SessionStarted
from claw.events.tool import PathFact, ToolFinished, ToolResolved
from claw.events.tools import BUILTIN, ToolsChanged, ToolSpec, Traits
from claw.projections.state import INITIAL, State, fold

E = TypeVar("E", bound=Event)

READS = Traits(footprint="read", subject="path", paths=("file_path",))
EDITS = Traits(footprint="write", subject="path", paths=("file_path",))
SEARCHES = Traits(footprint="read", subject="path", paths=("path",), searches=True)
RUNS = Traits(footprint="execute", subject="command", argument="command")
READ = ToolSpec(name="Read", description="reads", schema="{}", traits=READS)
EDIT = ToolSpec(name="Edit", description="edits", schema="{}", traits=EDITS)
GREP = ToolSpec(name="Grep", description="searches", schema="{}", traits=SEARCHES)
BASH = ToolSpec(name="Bash", description="runs", schema="{}", traits=RUNS)


def started(**settings: Any) -> SessionStarted:
    """A session of a made-up provider."""
    model = settings.pop("model", Model(provider="test", api="anthropic", name="m", window=10_000, max_output=1_000))
    confinement = settings.pop("confinement", Confinement())
    behaviours = settings.pop("behaviours", {})
    prompts = settings.pop("prompts", Prompts(system="be good", compaction="sum up"))
    return SessionStarted(
        session="s",
        runtime=Runtime(
            claw="0",
            python="3",
            platform="Linux",
            seed=7,
            confinement=confinement,
            policy=POLICY_DIGEST,
            behaviours=behaviours,
        ),
        config=Config(model=model, **settings),
        prompts=prompts,
        workspace="/w",
        home="/h",
        date="2026-01-01",
    )


class Drive:
    """The log so far in `log`; `new` has what the last `feed` led to, `before` the state they
    were decided from first."""

    def __init__(self, **settings: Any) -> None:
        self.state: State = INITIAL
        self.log: list[Envelope] = []
        self.new: list[Envelope] = []
        self.before: State = INITIAL
        self._passed = 0
        self.person: bool = settings.pop("person", False)
        """Whether what is asked about limits is answered by whoever drives."""
        tools = settings.pop("tools", (READ, EDIT, GREP, BASH))
        self.feed(started(**settings))
        self.feed(ToolsChanged(source=BUILTIN, tools=tools))
        self.feed(InstructionsFound(call=self.open("context.instructions_requested"), files=()))
        self.looked(Environment(date="2026-01-01", platform="Linux"))

    def feed(self, event: Event, cause: int | None = None, agent: int = 0) -> list[Event]:
        """Take a step; the derived events. Where an input has claw look around, all is as it was."""
        derived = self._step(event, cause, agent)
        derived += [*self.looked(None), *self.read(agent)] if isinstance(event, InputReceived) else []
        return derived if self.person else [*derived, *self._nobody()]

    def _nobody(self) -> list[Event]:
        """Nobody is there to be asked whether a limit may be exceeded."""
        for call in self.all_open("limit.asked"):
            question = self.log[call].data
            return self._step(LimitAnswered(call=call, what=question.what, how="headless"))
        return []

    def _step(self, event: Event, cause: int | None = None, agent: int = 0) -> list[Event]:
        ts = 1_000 + len(self.log) + self._passed
        envelope = envelop(event, seq=len(self.log), ts=ts, agent=agent, cause=cause)
        step = take(self.state, envelope)
        self.before = fold(self.state, envelope)
        self.state, self.new = step.state, step.envelopes[1:]
        self.log += step.envelopes
        return [envelope.data for envelope in self.new]

    def key(self, kind: type[Event], nth: int = 0) -> int:
        """Seq of the nth event of this kind in the last step."""
        return [envelope.seq for envelope in self.new if isinstance(envelope.data, kind)][nth]

    def last_key(self) -> int:
        """Seq of the last event."""
        return self.log[-1].seq

    def only(self, kind: type[E]) -> E:
        """The one event of this kind in the last step."""
        (event,) = (envelope.data for envelope in self.new if isinstance(envelope.data, kind))
        assert isinstance(event, kind)
        return event

    # --- the world's side ---

    def later(self, ms: int) -> None:
        """So much time passes before the next step."""
        self._passed += ms * 1_000_000

    def say(
        self,
        text: Content = "hello",
        agent: int = 0,
        *,
        environment: Environment | None = None,
        unchanged: bool = True,
        **fields: Any,
    ) -> list[Event]:
        """An input, and what is found out of where the session works, if that is looked for; None: it is as it was.
        `unchanged`: and no instruction file has changed.
        """
        derived = [*self._step(InputReceived(text=text, **fields), agent=agent), *self.looked(environment)]
        derived += self.read(agent) if unchanged else []
        return derived if self.person else [*derived, *self._nobody()]

    def looked(self, environment: Environment | None) -> list[Event]:
        """Whoever wants to know where the session works is told so."""
        for call in self.all_open("environment.requested"):
            return self.feed(EnvironmentObserved(call=call, environment=environment))
        return []

    def read(self, agent: int = 0) -> list[Event]:
        """What is read of instruction files since there was an input is as it was."""
        open_calls = self.all_open("context.instructions_requested", agent)
        for call in [seq for seq in open_calls if self.log[seq].data.why == "input"]:
            return self.feed(InstructionsFound(call=call, files=(), partly=True, behind=True), agent=agent)
        return []

    def reply(
        self,
        *blocks: str | tuple[str, str],
        stop: StopReason = "end_turn",
        tokens: int = 100,
        nusd: int | None = 5,
        agent: int = 0,
    ) -> list[Event]:
        """The model answers the agent's open call: texts, and (tool, arguments) pairs."""
        content = tuple(
            TextBlock(text=block)
            if isinstance(block, str)
            else ToolUseBlock(id=f"t{position}", name=block[0], arguments=block[1])
            for position, block in enumerate(blocks)
        )
        call = self.open("model.requested", agent=agent)
        usage = Usage(input=tokens, output=10)
        finished = ModelFinished(call=call, content=content, stop=stop, usage=usage, nusd=nusd)
        return self.feed(finished, agent=agent)

    def resolve(self, call: int, *, inside: bool = True, agent: int = 0) -> list[Event]:
        fact = PathFact(parameter="file_path", given="a", canonical="a" if inside else "/etc/a", inside=inside)
        return self.feed(ToolResolved(call=call, paths=(fact,)), agent=agent)

    def finish(self, call: int, content: str = "ok", *, agent: int = 0) -> list[Event]:
        return self.feed(ToolFinished(call=call, content=texts(content)), agent=agent)

    def all_open(self, kind: str, agent: int = 0) -> list[int]:
        """Keys of the agent's open calls of this kind."""
        return [call for call, open_kind in sorted(self.state.agents[agent].pending.calls.items()) if open_kind == kind]

    def open(self, kind: str, nth: int = 0, agent: int = 0) -> int:
        """Key of the nth of them."""
        return self.all_open(kind, agent)[nth]


def kinds(events: list[Event]) -> list[str]:
    """Their classes' names, for reading."""
    return [type(event).__name__ for event in events]
