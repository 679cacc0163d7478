"""Agents in the background: looked at, told something, stopped, and heard of when they end."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from claw.events.input import InputInterrupted
from claw.events.model import ModelFailed
from claw.events.session import Limits
from claw.events.shell import ShellFinished, ShellsEnded, ShellStarted
from tests.pure.drive import Drive
from tests.replay.histories.parts import HISTORIES, READ_A, forked, history
from tests.replay.histories.tasks import fails, look, resolved, spawn, task, with_agents


def send(prompt: str = "Look.", kind: str | None = None) -> tuple[str, str]:
    """A call that asks for an agent in the background."""
    name, arguments = task(kind, prompt)
    return name, json.dumps({**json.loads(arguments), "run_in_background": True})


@history
def what_agents_run_in_the_background() -> Drive:
    """One leaves three commands, one of which has ended, and an agent; another is stopped with one command; the main
    agent has one, too.
    """
    drive = with_agents(mode="bypassPermissions")
    _serves(drive, "bash_1")
    spawn(drive, task(prompt="Serve."), send("Serve, too."))
    for agent, id in ((1, "bash_2"), (2, "bash_3"), (1, "bash_4"), (1, "bash_5")):
        _serves(drive, id, agent=agent, command="serve  it\n" + "x" * 100)
    drive.feed(ShellFinished(id="bash_2", reason="exited", exit=0), agent=1)
    spawn(drive, send("Go on."), agent=1)
    drive.reply("it serves", agent=1)
    drive.feed(ShellFinished(id="bash_4", reason="agent_end"), agent=1)
    drive.feed(ShellsEnded(call=drive.open("shells.end_requested", agent=1)), agent=1)
    drive.feed(InputInterrupted(how="user"), agent=2)
    drive.feed(
        ModelFailed(call=drive.open("model.requested", agent=2), failure="interrupted", message="", nusd=0), agent=2
    )
    drive.reply("over")
    return drive


def _serves(drive: Drive, id: str, *, agent: int = 0, command: str = "serve") -> None:
    """A command of the agent's goes into the background, and the next reply is asked for."""
    drive.reply(("Bash", json.dumps({"command": command, "run_in_background": True})), agent=agent)
    resolved(drive, agent)
    call = drive.open("tool.started", agent=agent)
    drive.feed(ShellStarted(id=id, call=call, command=command), agent=agent)
    drive.finish(call, agent=agent)


def about(name: str, agent: int, **more: Any) -> tuple[str, str]:
    return name, json.dumps({"agent_id": agent, **more})


def sent(count: int = 1, **settings: Any) -> Drive:
    drive = with_agents(**settings)
    for number in range(count):
        spawn(drive, send(f"Look {number}."))
    return drive


@history
def looked_at_told_and_stopped() -> Drive:
    drive = sent(3)
    drive.reply("looking", READ_A, agent=1)
    spawn(drive, about("AgentOutput", 1), about("AgentOutput", 2), about("AgentOutput", 8), about("AgentStop", 8))
    spawn(drive, about("AgentMessage", 1, message="Look there."), about("AgentMessage", 0, message="x"))
    resolved(drive, 1)
    drive.finish(drive.open("tool.started", agent=1), agent=1)
    drive.reply("as you say", agent=1)
    spawn(drive, about("AgentOutput", 1), about("AgentMessage", 1, message="too late"), about("AgentStop", 1))
    spawn(drive, about("AgentStop", 2))
    drive.feed(ModelFailed(call=drive.open("model.requested", agent=2), failure="interrupted", message=""), agent=2)
    drive.reply("I wait")
    drive.reply("done", agent=3)
    drive.reply("all heard")
    return drive


@history
def looked_at_in_the_middle_of_two_calls() -> Drive:
    drive = sent()
    drive.reply("looking here and there", READ_A, READ_A, agent=1)
    spawn(drive, about("AgentOutput", 1))
    resolved(drive, 1)
    for call in drive.all_open("tool.started", agent=1):
        drive.finish(call, agent=1)
    drive.reply("a" * 30_000, READ_A, agent=1)
    spawn(drive, about("AgentOutput", 1))
    return drive


@history
def nobody_to_look_at() -> Drive:
    drive = with_agents()
    spawn(drive, about("AgentOutput", 1))
    drive.reply("so there is none")
    return drive


@history
def called_off_with_an_input_and_an_end_behind_it() -> Drive:
    drive = sent()
    drive.say("and this")
    drive.reply("done", agent=1)
    call = drive.open("model.requested")
    drive.feed(InputInterrupted(how="user"))
    drive.feed(ModelFailed(call=call, failure="interrupted", message=""))
    drive.reply("heard")
    return drive


@history
def ends_that_are_heard_of() -> Drive:
    """Before its parent's turn has ended, and after; without a word; in vain."""
    drive = sent(4)
    drive.reply("first", agent=1)
    drive.reply("I go on")
    drive.reply("I have heard of the first")
    drive.reply("second", agent=2)
    drive.reply("I have heard of the second")
    drive.reply(agent=3)
    fails(drive, 4, "auth")
    drive.reply("of all")
    return drive


@history
def a_message_that_comes_at_the_end() -> Drive:
    """What an agent is told while its model answers makes it go on, though it had no more to do."""
    drive = sent()
    spawn(drive, about("AgentMessage", 1, message="And there?"))
    drive.reply("I have looked here", agent=1)
    drive.reply("and there", agent=1)
    drive.reply("done")
    drive.reply("and heard")
    return drive


@history
def one_that_leaves_others() -> Drive:
    drive = sent()
    spawn(drive, send("Look below."), agent=1)
    spawn(drive, about("AgentOutput", 2))
    drive.reply("I leave it", agent=1)
    drive.feed(ModelFailed(call=drive.open("model.requested", agent=2), failure="interrupted", message=""), agent=2)
    drive.reply("done")
    drive.reply("heard")
    return drive


@history
def interrupted_while_nobody_waits() -> Drive:
    drive = sent(2)
    drive.reply("I have nothing to do")
    look(drive, 1, "so far")
    drive.feed(InputInterrupted(how="user"))
    for agent in (1, 2):
        call = drive.open("model.requested", agent=agent)
        drive.feed(ModelFailed(call=call, failure="interrupted", message=""), agent=agent)
    drive.say("go on")
    drive.reply("done")
    return drive


def branched(times: int) -> Drive:
    drive = sent(2)
    drive.reply("first", agent=1)
    drive.reply("I wait")
    drive.reply("I have heard")
    for _ in range(times):
        forked(drive)
    drive.say("and now?")
    spawn(drive, about("AgentOutput", 2))
    spawn(drive, send("Once more."))
    drive.reply("done")
    return drive


for _times in (1, 2):
    HISTORIES[f"forked_{_times}_times_beside_agents"] = partial(branched, _times)


@history
def shares_of_those_in_the_background() -> Drive:
    drive = with_agents(limits=Limits(nusd=90))
    spawn(drive, send("One."), send("Two."))
    look(drive, 1)
    drive.reply("done", agent=1)
    spawn(drive, send("Three."))
    return drive
