"""Agents that agents start: of which kind, how they end, and what their parents are told."""

from __future__ import annotations

from functools import partial
from typing import Any

from msgspec.structs import replace

from claw.events.agent import AgentsChanged
from claw.events.base import Blob
from claw.events.content import TextBlock, ThinkingBlock, Usage
from claw.events.context import InstructionFile, InstructionsFound
from claw.events.hook import HookFinished
from claw.events.input import InputInterrupted
from claw.events.model import ModelFailed, ModelFinished
from claw.events.permission import Rule
from claw.events.session import Limits, Model, RecoveryReport, SessionResumed
from claw.events.tool import ToolFinished, ToolInterrupted
from claw.events.tools import ToolSpec, Traits
from claw.tools.agent import Agent
from claw.tools.agent_kinds import KINDS
from tests.pure.drive import Drive
from tests.replay.histories.hooked import heard, hook
from tests.replay.histories.parts import BASH, HISTORIES, READ_A, command, forked, history
from tests.replay.histories.tasks import answers, fails, kind, look, resolved, spawn, task, with_agents
from tests.replay.lives import RUNTIME


def over(drive: Drive) -> Drive:
    """What the main agent does with what it was told."""
    drive.reply("done")
    return drive


@history
def kinds_by_every_name() -> Drive:
    drive = with_agents(kind("Reviewer"))
    for name in ("EXPLORE", None, "reviewer", "Plan"):
        spawn(drive, task(name, prompt=f"Be a {name}."))
        drive.reply("found it", agent=max(drive.state.agents))
    spawn(drive, task("nobody"), task("explor"))
    spawn(drive, task("explore"))
    drive.reply("found it again", agent=5)
    return over(drive)


@history
def kinds_that_a_rule_denies() -> Drive:
    denied = ("general-purpose", "Explore")
    rules = tuple(Rule(effect="deny", rule=f"Agent({name})", source="s") for name in denied)
    drive = with_agents(rules=rules)
    for name in (None, "EXPLORE", "explore", "plan"):
        spawn(drive, task(name))
    drive.reply("planned", agent=1)
    return over(drive)


@history
def a_tool_that_nobody_performs() -> Drive:
    nothing = ToolSpec(name="Nothing", description="", schema="{}", traits=Traits(footprint="none", performer="decide"))
    drive = with_agents(tools=(nothing,))
    spawn(drive, ("Nothing", "{}"))
    return over(drive)


def ended(*, failure: str = "", stop: Any = "end_turn", said: tuple[str, ...] = (), turns: int | None = None) -> Drive:
    """A child that ends in another way than it should, after it has said this."""
    drive = with_agents(kind(turns=turns))
    spawn(drive, task("own"))
    look(drive, 1, *said)
    if turns is None and failure:
        fails(drive, 1, failure)
    elif turns is None:
        drive.reply("the end", agent=1, stop=stop)
    return over(drive)


for _failure in ("auth", "interrupted"):
    HISTORIES[f"a_child_fails_{_failure}"] = partial(ended, failure=_failure)
    HISTORIES[f"a_child_fails_{_failure}_with_words"] = partial(ended, failure=_failure, said=("first, ", "and then"))
for _stop in ("max_tokens", "refusal"):
    HISTORIES[f"a_child_stops_{_stop}"] = partial(ended, stop=_stop)
for _said in ((), ("so far",)):
    HISTORIES[f"a_child_out_of_turns_{len(_said)}"] = partial(ended, turns=1, said=_said)


@history
def a_childs_conversation_that_cannot_be_made_shorter() -> Drive:
    drive = with_agents()
    spawn(drive, task())
    fails(drive, 1, "context_overflow", "it is too long")
    return over(drive)


@history
def children_that_say_nothing() -> Drive:
    drive = with_agents()
    spawn(drive, task(), task())
    drive.reply(agent=1)
    look(drive, 2, "I have looked")
    look(drive, 2)
    drive.reply("", agent=2)
    return over(drive)


def words(*blocks: Any, tools: int = 3, said: str = "x") -> Drive:
    """Last words of several blocks, in a window that has little room for them."""
    model = Model(provider="test", api="anthropic", name="m", window=10_000, max_output=1_000)
    drive = with_agents(model=model, behaviours={"tools": tools, "prompt": 2, "turn": 2, "compaction": 2})
    spawn(drive, task(), tokens=8_000)
    look(drive, 1, said)
    call = drive.open("model.requested", agent=1)
    usage = Usage(input=10, output=10)
    drive.feed(ModelFinished(call=call, content=blocks, stop="end_turn", usage=usage, nusd=1), agent=1)
    return over(drive)


_BLOB = Blob(digest="ab" * 32, size=3_000)
_SMALL = Blob(digest="cd" * 32, size=300)
HISTORIES["last_words_of_two_texts"] = partial(words, TextBlock(text="one"), TextBlock(text="two"))
HISTORIES["last_words_of_a_blob"] = partial(words, TextBlock(text="one"), TextBlock(text=_SMALL))
HISTORIES["last_words_behind_a_blob"] = partial(words, TextBlock(text=_SMALL), TextBlock(text="one"))
HISTORIES["last_words_of_a_long_blob"] = partial(words, TextBlock(text=_BLOB))
HISTORIES["last_words_that_are_long"] = partial(words, TextBlock(text="a" * 2_500))
HISTORIES["last_words_that_are_thoughts"] = partial(
    words, ThinkingBlock(api="anthropic", text="hm"), said="spoken before"
)
HISTORIES["last_words_without_a_limit"] = partial(words, TextBlock(text="a" * 2_500), tools=2)
HISTORIES["last_words_of_one_that_fails"] = partial(ended, failure="auth", said=("a" * 30_000,))


@history
def children_in_a_row_and_at_once() -> Drive:
    """A call that may change something waits for the agents, and they for it."""
    drive = with_agents(mode="acceptEdits")
    drive.reply(task(), READ_A, ("Edit", '{"file_path":"a"}'), task(prompt="Then look."))
    resolved(drive, most=1)
    drive.reply("first", agent=1)
    drive.resolve(drive.open("tool.resolve_requested"))
    drive.finish(drive.open("tool.started"))
    drive.resolve(drive.open("tool.resolve_requested"))
    drive.finish(drive.open("tool.started"))
    resolved(drive)
    drive.reply("second", agent=2)
    return over(drive)


@history
def as_deep_as_it_goes() -> Drive:
    drive = with_agents()
    for agent in range(3):
        spawn(drive, task(prompt=f"Be {agent + 1} deep."), agent=agent)
    spawn(drive, task(), agent=3)
    for agent in (3, 2, 1):
        drive.reply(f"from {agent}", agent=agent)
    return over(drive)


@history
def as_many_as_may_be() -> Drive:
    drive = with_agents(limits=Limits(nusd=1_000_000))
    spawn(drive, task())
    drive.reply("one has ended", agent=1)
    spawn(drive, *[task()] * 66)
    drive.reply("done", agent=2)
    spawn(drive, task(), task(), agent=3)
    return drive


@history
def models_that_calls_name() -> Drive:
    """One that there is, one that there is not, and one of another service than that of the caller's own model."""
    here, elsewhere = (Model(provider=name, api="anthropic", name=f"of {name}") for name in ("test", "other"))
    drive = with_agents(said="")
    drive.feed(
        AgentsChanged(
            kinds=KINDS, models={"small": here, "large": here, "far": elsewhere, "own": replace(here, base_url="u")}
        )
    )
    drive.say("hello")
    spawn(drive, *(task(model=name) for name in ("small", "far", "own", "none", "")))
    spawn(drive, task(model="small"), task(), agent=1)
    for agent in (3, 4, 1, 2):
        drive.reply("done", agent=agent)
    drive.feed(AgentsChanged(kinds=KINDS))
    spawn(drive, task(model="small"))
    return over(drive)


@history
def what_children_know_from_the_start() -> Drive:
    """The instructions that were read, and what was learnt of the model's server."""
    drive = Drive(tools=(Agent().spec,), model=Model(provider="openai", api="openai-responses", name="m"))
    drive.feed(AgentsChanged(kinds=KINDS))
    drive.feed(SessionResumed(runtime=RUNTIME, recovery=RecoveryReport(clean=True), date="2026-01-02"))
    rules = InstructionFile(path="/w/AGENTS.md", scope="project", digest="00", text="be kind")
    drive.feed(InstructionsFound(call=drive.open("context.instructions_requested"), files=(rules,)))
    drive.say("hello")
    call = drive.open("model.requested")
    drive.feed(ModelFailed(call=call, failure="invalid_request", message="no", refused="api", nusd=0))
    spawn(drive, task())
    drive.reply("kind", agent=1)
    return over(drive)


# --- people who interfere --------------------------------------------------------------------------------------------


def family() -> Drive:
    """Two children at work, a question asked by one, a read of the other, which has a child that runs a command."""
    drive = with_agents()
    spawn(drive, task(description="ask"), task(description="delegate"))
    drive.reply(BASH, agent=1)
    resolved(drive, 1)
    drive.reply("I delegate", READ_A, task(), agent=2)
    drive.resolve(drive.open("tool.resolve_requested", agent=2), agent=2)
    resolved(drive, 2)
    drive.reply(BASH, agent=3)
    resolved(drive, 3)
    answers(drive, 3)
    return drive


@history
def interrupted_with_a_family() -> Drive:
    drive = family()
    drive.feed(InputInterrupted(how="user"))
    answers(drive, 1, allowed=False)
    drive.feed(ToolInterrupted(call=drive.open("tool.started", agent=3), reason="cancelled"), agent=3)
    read = next(key for key in drive.all_open("tool.started", 2) if key not in _calls_of_children(drive))
    drive.finish(read, agent=2)
    drive.say("and now?")
    return over(drive)


def _calls_of_children(drive: Drive) -> set[int]:
    return {agent.origin.call for agent in drive.state.agents.values()}


@history
def interrupted_while_children_are_asked() -> Drive:
    drive = with_agents()
    drive.reply(task(), task(), READ_A)
    resolved(drive, most=1)
    drive.feed(InputInterrupted(how="user"))
    drive.feed(InputInterrupted(how="user"))
    resolved(drive)
    fails(drive, 1, "interrupted", content=(TextBlock(text="half of what I"),))
    drive.say("again")
    spawn(drive, task())
    drive.feed(InputInterrupted(how="user"))
    drive.reply("too late", READ_A, agent=2)
    drive.say("and now?")
    return over(drive)


@history
def an_input_behind_the_interrupt() -> Drive:
    drive = with_agents()
    spawn(drive, task())
    drive.say("something else")
    drive.feed(InputInterrupted(how="user"))
    fails(drive, 1, "interrupted")
    return over(drive)


@history
def a_fork_while_children_run() -> Drive:
    drive = family()
    forked(drive)
    drive.feed(ToolFinished(call=1, content=()), agent=3)
    drive.say("go on")
    drive.feed(InputInterrupted(how="user"))
    drive.reply("not yet")
    drive.say("go on")
    command(drive, "clear")
    spawn(drive, task())
    drive.reply("all new", agent=4)
    return over(drive)


@history
def a_family_that_is_resumed() -> Drive:
    drive = family()
    drive.feed(SessionResumed(runtime=RUNTIME, recovery=RecoveryReport(clean=False), date="2026-01-02"))
    drive.feed(ToolInterrupted(call=drive.open("tool.started", agent=3), reason="crash"), agent=3)
    fails(drive, 3, "lost")
    drive.reply("back again", agent=3)
    answers(drive, 1, allowed=False)
    drive.reply("denied", agent=1)
    return drive


# --- hooks and compactions -------------------------------------------------------------------------------------------


@history
def hooks_of_agents() -> Drive:
    """A child's task is no input; no hook is asked whether a child may stop; the call that starts one is a call."""
    names = ("UserPromptSubmit", "PreToolUse", "PostToolUse", "Stop", "SessionStart")
    drive = with_agents(hooks=tuple(hook(name) for name in names))  # type: ignore[arg-type]
    heard(drive)
    heard(drive)
    spawn(drive, task("explore"))
    heard(drive)
    drive.reply(READ_A, agent=1)
    drive.resolve(drive.open("tool.resolve_requested", agent=1), agent=1)
    _heard(drive, 1, context="know this")
    drive.finish(drive.open("tool.started", agent=1), agent=1)
    _heard(drive, 1)
    drive.reply("seen", agent=1)
    heard(drive)
    drive.reply("done")
    heard(drive)
    return drive


def _heard(drive: Drive, agent: int, **said: Any) -> None:
    call = drive.open("hook.requested", agent=agent)
    event = drive.state.agents[agent].hooks.open[call].event
    finished = HookFinished(**{"call": call, "event": event, "source": "s:9", "outcome": "answered", **said})
    drive.feed(finished, agent=agent)


@history
def hooks_that_halt() -> Drive:
    """A child's hook ends the child's turn alone, with those below it; the main agent's hook ends all."""
    drive = with_agents(hooks=(hook("PreToolUse", matcher="Read"),))
    drive.reply(task(), READ_A)
    resolved(drive, most=1)
    spawn(drive, task(), READ_A, agent=1)
    _heard(drive, 1, halt="enough")
    fails(drive, 2, "interrupted")
    resolved(drive)
    heard(drive, halt="")
    drive.say("once more")
    drive.reply(task(), READ_A)
    resolved(drive)
    heard(drive, halt="all of it")
    fails(drive, 3, "interrupted")
    return drive


@history
def a_child_that_compacts() -> Drive:
    drive = with_agents()
    spawn(drive, task(prompt="Look at all of it."))
    look(drive, 1, content="r" * 5_000)
    look(drive, 1, content="r" * 5_000, tokens=9_000)
    drive.reply("it looked", agent=1)
    drive.reply("all of it", agent=1)
    return over(drive)
