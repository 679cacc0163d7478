"""Limits of time and of tokens: met exactly, by the main agent and by others, with all that may be under way then."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from msgspec.structs import replace

from claw.events.content import TextBlock, Usage
from claw.events.context import InstructionsFound
from claw.events.control import TimerFired
from claw.events.input import InputInterrupted
from claw.events.model import ModelFailed
from claw.events.session import ConfigChanged, Limits, RecoveryReport, SessionResumed
from claw.events.tool import ToolInterrupted
from tests.pure.drive import Drive
from tests.replay.histories.hooked import heard, hook
from tests.replay.histories.isolated_agents import alone, closed, made
from tests.replay.histories.parts import BASH, HISTORIES, READ_A, command, finished, forked, history, resumed
from tests.replay.histories.tasks import answers, fails, kind, look, resolved, spawn, task, with_agents
from tests.replay.lives import RUNTIME

SECOND = Limits(ms=1_000)


def fires(drive: Drive, agent: int = 0, *, cancelled: bool = False) -> None:
    """The agent's last timer ends."""
    drive.feed(TimerFired(call=drive.open("timer.set", -1, agent), cancelled=cancelled), agent=agent)


def called_off(drive: Drive, agent: int = 0, *, said: str = "half of what I") -> None:
    """The agent's request is cut off."""
    fails(drive, agent, "interrupted", content=(TextBlock(text=said),) if said else ())


def background(name: str | None = None, prompt: str = "Look.") -> tuple[str, str]:
    tool, arguments = task(name, prompt)
    return tool, json.dumps({**json.loads(arguments), "run_in_background": True})


# --- the main agent --------------------------------------------------------------------------------------------------


def asked(ms: int, *, said: str = "half of what I") -> Drive:
    """The timer fires this long after the input, while the model answers."""
    drive = Drive(limits=SECOND)
    drive.say("hello")
    drive.later(ms)
    fires(drive)
    if "model.requested" in drive.state.main.pending.calls.values() and ms < 1_000:
        drive.later(1_000 - ms)
        fires(drive)
    called_off(drive, said=said)
    drive.say("and now?")
    drive.later(400)
    drive.reply("in time")
    fires(drive, cancelled=True)
    return drive


for _ms in (998, 999, 1_000, 1_001):
    HISTORIES[f"time_over_after_{_ms}"] = partial(asked, _ms)
HISTORIES["time_over_before_a_word"] = partial(asked, 1_000, said="")


@history
def time_over_while_calls_run() -> Drive:
    """One runs, one is asked about, one has not begun, and a reply brings more."""
    drive = Drive(limits=SECOND)
    drive.say("hello")
    drive.reply(READ_A, BASH, READ_A)
    drive.resolve(drive.open("tool.resolve_requested"))
    drive.later(1_000)
    fires(drive)
    drive.feed(ToolInterrupted(call=drive.open("tool.started"), reason="cancelled"))
    drive.say("once more")
    drive.reply(READ_A, READ_A)
    drive.resolve(drive.open("tool.resolve_requested"))
    drive.later(2_000)
    fires(drive)
    drive.resolve(drive.open("tool.resolve_requested"))
    drive.feed(ToolInterrupted(call=drive.open("tool.started"), reason="cancelled"))
    drive.say("once more")
    drive.later(1_000)
    fires(drive)
    drive.reply("I am late", READ_A)
    drive.say("once more")
    drive.reply("done")
    return drive


@history
def time_over_while_a_person_is_asked() -> Drive:
    drive = Drive(limits=SECOND)
    drive.say("hello")
    drive.reply(BASH)
    drive.resolve(drive.open("tool.resolve_requested"))
    drive.later(1_000)
    fires(drive)
    answers(drive, 0, allowed=False)
    drive.say("and now?")
    drive.reply("done")
    return drive


@history
def an_input_brings_new_time() -> Drive:
    """The timer of the first input fires too early for the second one."""
    drive = Drive(limits=SECOND)
    drive.say("hello")
    drive.later(600)
    drive.say("and this")
    drive.later(400)
    fires(drive)
    drive.later(599)
    drive.reply(READ_A)
    drive.later(1)
    fires(drive)
    drive.resolve(drive.open("tool.resolve_requested"))
    drive.say("what now?")
    drive.reply("done")
    return drive


@history
def a_timer_that_fires_too_late() -> Drive:
    """The turn is over, or called off by somebody, or there is a new one."""
    drive = Drive(limits=SECOND)
    drive.say("hello")
    drive.reply("done")
    drive.later(1_000)
    fires(drive)
    drive.say("hello again")
    drive.later(1_000)
    drive.feed(InputInterrupted(how="user"))
    fires(drive)
    called_off(drive)
    drive.say("once more")
    drive.reply("done")
    drive.say("and at once")
    fires(drive, cancelled=True)
    drive.later(1_000)
    fires(drive)
    called_off(drive)
    return drive


@history
def interrupted_when_the_time_is_over_already() -> Drive:
    drive = Drive(limits=SECOND, hooks=(hook("UserPromptSubmit"),))
    drive.say("hello")
    heard(drive)
    drive.later(1_000)
    fires(drive)
    drive.feed(InputInterrupted(how="user"))
    drive.say("this comes then")
    called_off(drive)
    heard(drive)
    drive.reply("done")
    return drive


@history
def time_over_between_two_attempts() -> Drive:
    """The other timer notices it first."""
    drive = Drive(limits=SECOND)
    drive.say("hello")
    drive.feed(ModelFailed(call=drive.open("model.requested"), failure="server", message="m", retryable=True, nusd=0))
    drive.later(1_000)
    drive.feed(TimerFired(call=drive.open("timer.set", 1)))
    fires(drive, cancelled=True)
    drive.say("and now?")
    drive.feed(ModelFailed(call=drive.open("model.requested"), failure="server", message="m", retryable=True, nusd=0))
    drive.later(999)
    drive.feed(TimerFired(call=drive.open("timer.set", 1)))
    drive.reply("done")
    fires(drive, cancelled=True)
    return drive


@history
def time_over_while_it_compacts() -> Drive:
    drive = Drive(limits=SECOND)
    for _ in range(2):
        drive.say("r" * 5_000)
        drive.reply("s" * 4_000, tokens=8_500)
        fires(drive, cancelled=True)
    drive.say("more")
    drive.later(1_000)
    fires(drive)
    called_off(drive)
    drive.later(50_000)
    command(drive, "compact")
    drive.later(500)
    fails(drive, 0, "server", retryable=True)
    drive.feed(TimerFired(call=drive.open("timer.set")))
    drive.reply("all of it")
    drive.say("and now?")
    drive.reply("done")
    return drive


# --- other agents ----------------------------------------------------------------------------------------------------


@history
def a_child_whose_time_is_over() -> Drive:
    """With its last words; the one below it is stopped, and the parent goes on."""
    drive = with_agents(kind(ms=1_000))
    spawn(drive, task("own"), READ_A)
    look(drive, 1, "I have looked")
    spawn(drive, task("explore"), agent=1)
    drive.later(600)
    fires(drive, 2, cancelled=True)
    drive.later(400)
    fires(drive, 1)
    called_off(drive, 2)
    drive.finish(next(key for key in drive.all_open("tool.started") if key != drive.state.agents[1].origin.call))
    drive.reply("done")
    fires(drive, 2, cancelled=True)
    return drive


def lives(parent: int | None, child: int | None, *, passed: int = 300) -> Drive:
    """A child of a kind with this time, and one below it of the same kind, of a parent with this time."""
    drive = with_agents(kind(ms=child), limits=Limits(ms=parent))
    drive.later(passed)
    spawn(drive, task("own"))
    drive.later(passed)
    if drive.all_open("model.requested", 1):
        spawn(drive, task("own"), agent=1)
    for agent in (2, 1, 0):
        if agent in drive.state.agents and drive.all_open("model.requested", agent):
            drive.reply(f"from {agent}", agent=agent)
    return drive


for _parent in (None, 1_000, 500, 300, 299):
    for _child in (None, 800):
        HISTORIES[f"a_life_of_{_child}_below_{_parent}"] = partial(lives, _parent, _child)


@history
def the_parent_is_out_of_time() -> Drive:
    """It stops those in the background, too; what they say then begins no turn of its own."""
    drive = with_agents(kind(ms=800), limits=SECOND)
    spawn(drive, background("own"))
    drive.reply(task(), background())
    resolved(drive)
    drive.later(800)
    fires(drive, 1)
    drive.later(200)
    fires(drive)
    called_off(drive, 1)
    called_off(drive, 2)
    called_off(drive, 3)
    drive.say("what was that?")
    drive.reply("done")
    return drive


@history
def a_parent_that_is_told_when_its_time_is_over() -> Drive:
    """Whoever has ended its turn in time, and hears of its agent later than that, asks nobody any more."""
    drive = with_agents(limits=SECOND)
    spawn(drive, background(), background())
    drive.reply("I wait")
    fires(drive, cancelled=True)
    drive.later(900)
    drive.reply("in time", agent=2)
    drive.reply("I have heard")
    fires(drive, cancelled=True)
    drive.later(100)
    fires(drive, 1)
    called_off(drive, 1)
    drive.say("and now?")
    drive.reply("done")
    return drive


@history
def a_child_begins_when_nothing_is_left() -> Drive:
    drive = with_agents(limits=SECOND, hooks=(hook("SubagentStart"),))
    drive.later(1_000)
    spawn(drive, task())
    fires(drive)
    heard(drive, agent=1, outcome="cancelled")
    return drive


# --- runs ------------------------------------------------------------------------------------------------------------


@history
def resumed_with_time() -> Drive:
    """The main agent's begins anew; another's goes on, without the time in between."""
    drive = with_agents(kind(ms=700), limits=SECOND)
    drive.later(100)
    spawn(drive, task("own"))
    drive.later(300)
    drive.reply(READ_A, agent=1)
    drive.later(100)
    resolved(drive, 1)
    drive.later(100_000)
    resumed(drive)
    fires(drive, cancelled=True)
    fires(drive, 1, cancelled=True)
    drive.feed(ToolInterrupted(call=drive.open("tool.started", agent=1), reason="crash"), agent=1)
    drive.later(299)
    fires(drive, 1)
    drive.later(1)
    fires(drive, 1)
    called_off(drive, 1)
    drive.later(700)
    fires(drive)
    called_off(drive)
    return drive


def cut_off(*, reads: int) -> Drive:
    """What counts before a crash: until a request, a reply or a start of a tool."""
    drive = with_agents(kind(ms=1_000))
    spawn(drive, task("own"))
    drive.later(100)
    drive.reply(READ_A, agent=1)
    if reads:
        drive.resolve(drive.open("tool.resolve_requested", agent=1), agent=1)
        drive.later(200)
        drive.finish(drive.open("tool.started", agent=1), agent=1)
    drive.later(400)
    resumed(drive)
    fires(drive, 1, cancelled=True)
    drive.later(500)
    resumed(drive)
    fires(drive, 1, cancelled=True)
    return drive


for _reads in (0, 1):
    HISTORIES[f"what_counts_before_a_crash_{_reads}"] = partial(cut_off, reads=_reads)


@history
def time_that_a_resume_brings() -> Drive:
    """A run with a limit, after one without and before one without."""
    drive = with_agents()
    spawn(drive, task())
    resumed(drive)
    drive.feed(ConfigChanged(config=replace(drive.state.session.settings, limits=SECOND)))
    drive.feed(ConfigChanged(config=replace(drive.state.session.settings, mode="plan")))
    drive.reply("from 1", agent=1)
    resumed(drive)
    drive.feed(ConfigChanged(config=replace(drive.state.session.settings, limits=Limits())))
    fires(drive, cancelled=True)
    drive.later(5_000)
    drive.reply("done")
    return drive


@history
def resumed_while_it_is_called_off() -> Drive:
    drive = Drive(limits=SECOND)
    drive.say("hello")
    drive.later(1_000)
    fires(drive)
    resumed(drive)
    called_off(drive)
    drive.say("hello")
    drive.feed(InputInterrupted(how="user"))
    resumed(drive)
    fires(drive, cancelled=True)
    called_off(drive)
    return drive


@history
def a_fork_has_time_of_its_own() -> Drive:
    drive = with_agents(limits=SECOND)
    drive.later(900)
    spawn(drive, task())
    forked(drive)
    drive.feed(SessionResumed(runtime=RUNTIME, recovery=RecoveryReport(clean=True), date="2026-01-02"))
    drive.feed(ConfigChanged(config=replace(drive.state.session.settings, mode="plan")))
    drive.feed(InstructionsFound(call=drive.open("context.instructions_requested"), files=()))
    drive.later(999)
    drive.feed(ConfigChanged(config=replace(drive.state.session.settings, limits=Limits(ms=1_001))))
    fires(drive, cancelled=True)
    drive.later(2)
    fires(drive)
    called_off(drive)
    return drive


@history
def a_fork_with_the_limits_it_had() -> Drive:
    """Its timer is set when it goes on, and not before."""
    drive = with_agents(limits=SECOND)
    drive.later(900)
    forked(drive)
    resumed(drive)
    drive.later(1_000)
    fires(drive)
    called_off(drive)
    return drive


# --- tokens ----------------------------------------------------------------------------------------------------------


def using(limit: int, *, failing: bool = False) -> Drive:
    """Two calls of ten tokens each, of every kind of token."""
    drive = Drive(limits=Limits(tokens=limit))
    drive.say("hello")
    usage = Usage(input=1, output=2, cache_read=3, cache_write=4, reasoning=1)
    for _ in range(2):
        if failing:
            fails(drive, 0, "server", retryable=True, usage=usage)
            drive.feed(TimerFired(call=drive.open("timer.set")))
        elif drive.all_open("model.requested"):
            finished(drive, READ_A, usage=usage)
            drive.resolve(drive.open("tool.resolve_requested"))
            drive.finish(drive.open("tool.started"))
    if drive.all_open("model.requested"):
        drive.reply("done", tokens=1)
    drive.say("again")
    return drive


for _limit in (10, 19, 20, 21):
    HISTORIES[f"tokens_{_limit}"] = partial(using, _limit)
HISTORIES["tokens_of_failures"] = partial(using, 21, failing=True)


@history
def tokens_in_shares() -> Drive:
    """A share of what is left, as the kind says where that is less; what is not used goes back."""
    drive = with_agents(kind(tokens=100), limits=Limits(tokens=1_000))
    spawn(drive, task("own"), task(), tokens=90)
    look(drive, 1, "I look", tokens=50)
    look(drive, 1, tokens=30)
    spawn(drive, task("own"), task(), agent=2, tokens=90)
    look(drive, 4, tokens=100)
    drive.reply("cheap", agent=3, tokens=10)
    drive.reply("both", agent=2, tokens=10)
    spawn(drive, task(), tokens=70)
    look(drive, 5, tokens=300)
    drive.reply(READ_A, tokens=2_000)
    drive.resolve(drive.open("tool.resolve_requested"))
    drive.finish(drive.open("tool.started"))
    return drive


@history
def no_tokens_for_a_child() -> Drive:
    drive = with_agents(limits=Limits(tokens=100))
    spawn(drive, task(), tokens=90)
    resumed(drive)
    drive.say("again")
    spawn(drive, task(), tokens=88)
    drive.reply("done", agent=1, tokens=0)
    return drive


def next_run(**limits: Any) -> Drive:
    """What a new run may use is new for the main agent, and not for a child of a kind with a limit."""
    drive = with_agents(kind(tokens=100), limits=Limits(**limits))
    spawn(drive, task("own"), tokens=90)
    look(drive, 1, tokens=50)
    resumed(drive)
    fails(drive, 1, "lost")
    look(drive, 1, tokens=40) if drive.all_open("model.requested", 1) else None
    drive.say("go on")
    return drive


HISTORIES["tokens_of_a_kind"] = next_run
HISTORIES["tokens_of_a_run"] = partial(next_run, tokens=400)


@history
def tokens_and_money_and_turns() -> Drive:
    """What is met first ends the turn."""
    drive = Drive(limits=Limits(tokens=100, nusd=10, turns=2))
    for nusd, tokens in ((1, 10), (20, 10)):
        drive.say("go on")
        drive.reply(READ_A, nusd=nusd, tokens=tokens)
        drive.resolve(drive.open("tool.resolve_requested"))
        drive.finish(drive.open("tool.started"))
        if drive.all_open("model.requested"):
            drive.reply("done", tokens=1)
    resumed(drive)
    drive.say("go on")
    drive.reply(READ_A, nusd=1, tokens=200)
    drive.resolve(drive.open("tool.resolve_requested"))
    drive.finish(drive.open("tool.started"))
    return drive


@history
def an_input_behind_the_end_of_the_time() -> Drive:
    """It opens another turn, with time of its own."""
    drive = Drive(limits=SECOND)
    drive.say("hello")
    drive.later(1_000)
    fires(drive)
    drive.say("one more thing")
    called_off(drive)
    drive.later(1_000)
    fires(drive)
    called_off(drive)
    return drive


@history
def an_input_that_a_compaction_brings_up() -> Drive:
    """It waited since a signal; the turn that it opens has time as any other."""
    drive = Drive(limits=SECOND)
    drive.say("hello")
    drive.reply("I say hello, too")
    fires(drive, cancelled=True)
    drive.say("and now?")
    drive.say("and this")
    drive.feed(InputInterrupted(how="signal"))
    called_off(drive)
    fires(drive, cancelled=True)
    command(drive, "compact")
    drive.reply("all of it")
    drive.later(1_000)
    fires(drive)
    called_off(drive)
    return drive


@history
def time_that_worktrees_take() -> Drive:
    """What is left is counted when the agent begins; one whose time is over still has its worktree closed."""
    drive = with_agents(limits=SECOND)
    drive.reply(alone(), alone())
    resolved(drive)
    drive.later(400)
    made(drive)
    drive.later(600)
    fires(drive)
    called_off(drive, 1)
    made(drive)
    closed(drive)
    closed(drive, 0)
    fires(drive, 1, cancelled=True)
    drive.say("and now?")
    drive.reply("done")
    return drive
