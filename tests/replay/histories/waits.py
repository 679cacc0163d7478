"""Calls that wait, and what ends them: the time, the person, the end of what runs in the background."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from claw.decide.behaviour import CURRENT
from claw.events.control import WaitEnded
from claw.events.input import InputInterrupted
from claw.events.model import ModelFailed
from claw.events.results import texts
from claw.events.shell import ShellAnswered, ShellFinished, ShellNoticed, ShellStarted
from claw.tools.monitor import Monitor
from claw.tools.running import Sleep, TaskOutput, TaskStop
from tests.pure.drive import Drive
from tests.replay.histories.background_agents import send
from tests.replay.histories.parts import READ_A, answered, forked, history, resumed
from tests.replay.histories.tasks import resolved, spawn, with_agents

TOOLS = (Sleep.spec, TaskOutput.spec, TaskStop.spec, Monitor.spec)
HOUR = 3_600


def at(seconds: float, drive: Drive) -> str:
    """A time that is so many seconds away."""
    now = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=drive.state.now // 1000)
    return (now + timedelta(seconds=seconds)).isoformat()


def call(name: str, **arguments: Any) -> tuple[str, str]:
    return name, json.dumps(arguments)


def begun(**behaviours: int) -> Drive:
    return with_agents(tools=TOOLS, mode="bypassPermissions", behaviours={**CURRENT, **behaviours})


def serve(drive: Drive, id: str = "bash_1") -> None:
    """A command goes into the background."""
    drive.reply(("Bash", '{"command":"serve","run_in_background":true}'))
    resolved(drive)
    started = drive.open("tool.started")
    drive.feed(ShellStarted(id=id, call=started, command="serve"))
    drive.finish(started)


def over(drive: Drive, nth: int = 0, **fields: Any) -> None:
    drive.feed(WaitEnded(call=drive.open("wait.requested", nth), **fields))


@history
def sleeps_of_every_length() -> Drive:
    """As they began before it counted what the model has not heard."""
    drive = begun(waits=1)
    drive.later(1_700_000_000_000)
    drive.say("and?")
    spawn(drive, call("Sleep", seconds=1.25))
    drive.later(1_250)
    over(drive)
    spawn(drive, call("Sleep", until=at(24 * HOUR - 1, drive)), call("Sleep", seconds="2"))
    drive.later(2_000)
    over(drive, 1)
    drive.later(1)
    over(drive)
    spawn(
        drive,
        call("Sleep", until=at(24 * HOUR + 1, drive)),
        call("Sleep", until=at(-1, drive)),
        call("Sleep", until=at(0, drive)),
        call("Sleep", until="2026-01-01T09:30:00"),
        call("Sleep", until="soon"),
        call("Sleep"),
        call("Sleep", seconds=1, until=at(1, drive)),
    )
    drive.reply("rested")
    return drive


@history
def sleepers_are_woken() -> Drive:
    """By what the person says into the turn, not by what waits; and, if they want, by an end in the background."""
    drive = begun()
    serve(drive)
    serve(drive, "bash_2")
    spawn(drive, send("Look."))
    spawn(drive, call("Sleep", seconds=HOUR), call("Sleep", seconds=HOUR, wake_on_background="true"))
    drive.say("later", waits=True)
    drive.feed(ShellFinished(id="bash_1", reason="exited", exit=3))
    over(drive, 1, cancelled=True)
    drive.say("now")
    over(drive, cancelled=True)
    spawn(drive, call("Sleep", seconds=HOUR, wake_on_background=True), call("Sleep", seconds=HOUR), READ_A)
    drive.feed(ShellFinished(id="bash_2", reason="killed"))
    over(drive, cancelled=True)
    drive.reply("seen", agent=1)
    over(drive)
    drive.finish(drive.open("tool.started", -1))
    spawn(drive, call("Sleep", seconds=HOUR, wake_on_background=True))
    drive.feed(ShellNoticed(id="bash_3", title="log", text="a line"))
    drive.feed(InputInterrupted(how="user"))
    drive.feed(ShellFinished(id="bash_3", reason="exited", exit=0))
    drive.say("and then")
    over(drive, cancelled=True)
    drive.reply("so be it")
    return drive


@history
def nobody_sleeps_who_has_not_heard() -> Drive:
    """What came while the model wrote its reply ends the sleep before it begins."""
    drive = begun()
    serve(drive)
    drive.feed(ShellFinished(id="bash_1", reason="exited", exit=0))
    spawn(drive, call("Sleep", seconds=HOUR), call("Sleep", seconds=HOUR, wake_on_background=True))
    over(drive)
    spawn(drive, call("Sleep", seconds=HOUR, wake_on_background=True))
    over(drive)
    drive.say("now")
    spawn(drive, call("Sleep", seconds=HOUR))
    drive.reply("so be it")
    return drive


@history
def an_agent_that_ends_wakes() -> Drive:
    drive = begun()
    spawn(drive, send("Look."), send("Look there."))
    spawn(drive, call("Sleep", seconds=HOUR, wake_on_background=True), call("TaskOutput", task_id="Agent 2"))
    drive.reply("seen", agent=1)
    over(drive, cancelled=True)
    drive.reply("seen, too", agent=2)
    over(drive, cancelled=True)
    drive.reply("all heard")
    return drive


@history
def looks_at_commands_and_agents() -> Drive:
    drive = begun()
    serve(drive)
    spawn(drive, send("Look."), send("Look there."))
    spawn(
        drive,
        call("TaskOutput", task_id="bash_1", block=False),
        call("TaskOutput", task_id="bash_1", timeout=5),
        call("TaskOutput", task_id="1", block="false"),
        call("TaskOutput", task_id="agent_1", timeout="7"),
        call("TaskOutput", task_id="9"),
        call("TaskStop", task_id="bash_1"),
        call("TaskOutput", task_id="²"),
    )
    looks = drive.all_open("shell.asked")
    for position, look in enumerate(looks):
        drive.feed(ShellAnswered(call=look, content=texts("running"), is_error=position == 3))
    over(drive)
    spawn(drive, call("TaskStop", task_id="1"), call("TaskStop", task_id="8"), call("TaskOutput", task_id="1"))
    drive.feed(ModelFailed(call=drive.open("model.requested", agent=1), failure="interrupted", message=""), agent=1)
    over(drive, cancelled=True)
    spawn(drive, call("TaskOutput", task_id="1"), call("TaskStop", task_id="1"))
    spawn(drive, call("TaskOutput", task_id="bash_1"), call("TaskOutput", task_id="2", timeout=600_000))
    drive.say("hurry")
    drive.feed(ShellAnswered(call=drive.open("shell.asked"), content=texts("still running")))
    over(drive, cancelled=True)
    drive.reply("so it is")
    return drive


@history
def an_answer_that_comes_too_late() -> Drive:
    """For a call that was called off with its turn while a command was looked at."""
    drive = begun()
    serve(drive)
    spawn(drive, call("TaskOutput", task_id="bash_1"), call("TaskStop", task_id="bash_1"))
    drive.feed(InputInterrupted(how="user"))
    for look in drive.all_open("shell.asked"):
        drive.feed(ShellAnswered(call=look, content=texts("running")))
    drive.say("again")
    drive.reply("well")
    return drive


@history
def lines_of_a_command_begin_a_turn() -> Drive:
    """At rest, in a turn, while it is called off, and for an agent that has ended its own."""
    drive = begun()
    serve(drive)
    drive.reply("it serves")
    drive.feed(ShellNoticed(id="bash_1", title="log", text="a line"))
    drive.reply("seen", READ_A)
    resolved(drive)
    drive.feed(ShellNoticed(id="bash_1", title="log", text="two\nmore"))
    drive.finish(drive.open("tool.started"))
    asked = drive.open("model.requested")
    drive.feed(InputInterrupted(how="user"))
    drive.feed(ShellNoticed(id="bash_1", title="log", text="the last"))
    drive.feed(ModelFailed(call=asked, failure="interrupted", message=""))
    drive.reply("seen as well")
    return drive


@history
def waits_in_a_resume_and_a_fork() -> Drive:
    drive = begun()
    spawn(drive, call("Sleep", seconds=HOUR))
    resumed(drive)
    over(drive)
    spawn(drive, call("Sleep", seconds=HOUR), READ_A)
    forked(drive)
    drive.say("go on")
    drive.reply("rested")
    return drive


@history
def a_call_without_its_command_only_reads() -> Drive:
    """In plan mode too; with one it may do anything, and waits for the calls before it."""
    drive = with_agents(tools=TOOLS)
    drive.reply(call("Monitor", task_id="bash_1", pattern="x"), READ_A, call("Monitor", command="make"))
    resolved(drive)
    for started in drive.all_open("tool.started"):
        drive.finish(started)
    resolved(drive)
    answered(drive)
    drive.finish(drive.open("tool.started"))
    drive.reply("seen")
    return drive


@history
def in_plan_mode_it_only_reads() -> Drive:
    drive = with_agents(tools=TOOLS, mode="plan")
    spawn(drive, call("Monitor", task_id="bash_1", pattern="x"))
    drive.finish(drive.open("tool.started"))
    spawn(drive, call("Monitor", command="make"))
    return drive
