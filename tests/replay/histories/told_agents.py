"""What a person says to an agent that another one has started, and agents that a person stops."""

from __future__ import annotations

from functools import partial

from claw.events.input import InputInterrupted
from claw.events.model import ModelFailed
from claw.events.session import Limits
from tests.pure.drive import Drive
from tests.replay.histories.background_agents import about, send, sent
from tests.replay.histories.hooked import heard, hook
from tests.replay.histories.parts import BASH, HISTORIES, READ_A, history
from tests.replay.histories.tasks import kind, look, resolved, spawn, task, with_agents


def tell(drive: Drive, agent: int, text: str = "And there?") -> None:
    drive.say(text, agent)


def stop(drive: Drive, agent: int) -> None:
    drive.feed(InputInterrupted(how="user"), agent=agent)


def cut_off(drive: Drive, *agents: int) -> None:
    """Their requests end, because they were called off."""
    for agent in agents:
        call = drive.open("model.requested", agent=agent)
        drive.feed(ModelFailed(call=call, failure="interrupted", message=""), agent=agent)


@history
def told_by_the_person() -> Drive:
    """While its model answers, which makes it go on; while its call runs; its parent knows nothing of it."""
    drive = with_agents()
    spawn(drive, task())
    tell(drive, 1)
    drive.reply("I have looked here", agent=1)
    drive.reply("there, too", READ_A, agent=1)
    resolved(drive, 1)
    tell(drive, 1, "And below?")
    drive.finish(drive.open("tool.started", agent=1), agent=1)
    drive.reply("everywhere", agent=1)
    drive.reply("done")
    return drive


@history
def stopped_by_the_person() -> Drive:
    """The turn of the one that waits for it goes on; whatever waited for it, an agent below it included, ends."""
    drive = with_agents()
    spawn(drive, task(), task())
    look(drive, 1, "so far")
    spawn(drive, task(), BASH, agent=1)
    tell(drive, 1)
    stop(drive, 1)
    cut_off(drive, 3)
    drive.reply("found it", agent=2)
    drive.reply("done")
    return drive


@history
def stopped_in_the_background() -> Drive:
    """Whoever has started it is told so, also where it has nothing else to do; the model's own stop is not told."""
    drive = sent(3)
    stop(drive, 1)
    cut_off(drive, 1)
    drive.reply("I wait")
    drive.reply("I have heard")
    stop(drive, 2)
    cut_off(drive, 2)
    spawn(drive, about("AgentStop", 3))
    cut_off(drive, 3)
    drive.reply("done")
    return drive


def called_off(*deeds: str) -> Drive:
    """An agent in the background that is called off in several ways before its model's answer has ended."""
    drive = sent(2)
    drive.reply("I wait")
    look(drive, 1, "so far")
    for deed in deeds:
        match deed:
            case "stop":
                stop(drive, 1)
            case "tell":
                tell(drive, 1)
            case "esc":
                drive.feed(InputInterrupted(how="user"))
            case "message":
                drive.say("tell it")
                spawn(drive, about("AgentMessage", 1, message="Look there."))
            case "halt":
                drive.say("stop it")
                spawn(drive, about("AgentStop", 1))
    cut_off(drive, 1)
    if drive.all_open("model.requested", agent=2):
        drive.reply("two", agent=2)
    return drive


for _number, _deeds in enumerate(
    (
        ("stop", "esc"),
        ("esc", "stop"),
        ("stop", "tell"),
        ("tell", "stop"),
        ("stop", "message"),
        ("message", "stop"),
        ("halt", "message"),
        ("halt", "stop"),
        ("esc", "tell"),
        ("stop", "stop"),
    )
):
    HISTORIES[f"called_off_in_several_ways_{_number}"] = partial(called_off, *_deeds)


@history
def nothing_renews_an_agents_turns() -> Drive:
    drive = with_agents(kind(turns=2), limits=Limits(turns=3))
    spawn(drive, task("own"), send())
    for _ in range(2):
        tell(drive, 1)
        look(drive, 1)
        tell(drive, 2)
        look(drive, 2)
    look(drive, 2)
    tell(drive, 0, "go on")
    drive.reply("done")
    return drive


@history
def what_hooks_say_of_it() -> Drive:
    """Hooks that look at what a person types look at this, and what they keep back ends nothing."""
    drive = with_agents(hooks=(hook("UserPromptSubmit"),), said="")
    drive.say("hello")
    heard(drive)
    spawn(drive, task())
    for verdict in (None, "deny"):
        tell(drive, 1)
        drive.reply("I have looked", READ_A, agent=1)
        resolved(drive, 1)
        drive.finish(drive.open("tool.started", agent=1), agent=1)
        heard(drive, agent=1, verdict=verdict, reason="a password" if verdict else "")
    tell(drive, 1, "quickly")
    drive.reply("that was all", agent=1)
    heard(drive, agent=1, verdict="deny", reason="a password")
    drive.reply("done")
    return drive


@history
def kept_back_before_the_task_was_read() -> Drive:
    """The agent has its task all the same; without a hook's answer it is asked nothing."""
    drive = with_agents(hooks=(hook("UserPromptSubmit"), hook("SubagentStart")), said="")
    drive.say("hello")
    heard(drive)
    spawn(drive, task())
    tell(drive, 1)
    heard(drive, agent=1)
    heard(drive, agent=1, verdict="deny", reason="a password")
    drive.reply("I have looked", agent=1)
    drive.reply("done")
    return drive
