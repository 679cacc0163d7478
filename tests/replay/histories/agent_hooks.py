"""Hooks about agents: asked when one begins, and before one ends; of which kind, and what comes of their words."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from claw.events.input import InputInterrupted
from tests.pure.drive import Drive
from tests.replay.histories.hooked import heard, hook
from tests.replay.histories.parts import HISTORIES, READ_A, history, resumed
from tests.replay.histories.tasks import fails, kind, look, resolved, spawn, task, with_agents


@history
def hooks_about_agents_by_kind() -> Drive:
    """Each is asked about the kinds that its matcher means, however that is written, and about no main agent."""
    matchers = ("", "*", "Explore", "explor", "plan|EXPLORE", "general-", "(?-i:Own)")
    events = ("SubagentStart", "SubagentStop")
    hooks = tuple(hook(event, f"{event} {matcher}", matcher) for event in events for matcher in matchers)  # type: ignore[arg-type]
    drive = with_agents(kind("Own"), hooks=hooks)
    for child, name in enumerate(("explore", None, "own"), 1):
        spawn(drive, task(name))
        for number in range(len(drive.all_open("hook.requested", child))):
            heard(drive, agent=child, context=f"know {number}")
        drive.reply(f"this is what {name} says", agent=child)
        while drive.all_open("hook.requested", child):
            heard(drive, agent=child)
    drive.reply("done")
    return drive


@history
def a_child_that_hooks_keep_at_work() -> Drive:
    """As often as the main agent, and no more often; its own words go to its parent then."""
    drive = with_agents(hooks=(hook("SubagentStop", "a"), hook("SubagentStop", "b"), hook("Stop", "c")))
    spawn(drive, task())
    for number in range(8):
        drive.reply(f"answer {number}", agent=1)
        heard(drive, agent=1, verdict="deny", reason="" if number == 3 else f"not yet, {number}")
        heard(drive, agent=1, context="look closer" if number == 2 else "")
        if number == 5:
            look(drive, 1)
    drive.reply("the last answer", agent=1)
    heard(drive, agent=1, verdict="deny", reason="still not")
    heard(drive, agent=1)
    drive.reply("done")
    heard(drive, verdict="deny", reason="go on")
    drive.reply("done now")
    heard(drive)
    return drive


def told(event: str, **said: Any) -> Drive:
    """A hook about an agent says this."""
    drive = with_agents(hooks=(hook(event),))  # type: ignore[arg-type]
    spawn(drive, task())
    if event == "SubagentStop":
        drive.reply("found it", agent=1)
    heard(drive, agent=1, **said)
    if drive.all_open("model.requested", 1):
        drive.reply("found more", agent=1)
    if drive.all_open("hook.requested", 1):
        heard(drive, agent=1)
    drive.reply("done")
    return drive


for _event in ("SubagentStart", "SubagentStop"):
    for _name, _said in {
        "denies": {"verdict": "deny", "reason": "no"},
        "fails": {"outcome": "failed", "reason": "broken"},
        "is_lost": {"outcome": "lost"},
        "halts": {"halt": "enough"},
        "halts_without_a_word": {"halt": ""},
    }.items():
        HISTORIES[f"a_{_event}_hook_{_name}"] = partial(told, _event, **_said)


@history
def interrupted_while_a_child_waits_for_hooks() -> Drive:
    drive = with_agents(hooks=(hook("SubagentStart"), hook("SubagentStop")))
    spawn(drive, task(), task())
    heard(drive, agent=1)
    drive.reply("found it", agent=1)
    drive.feed(InputInterrupted(how="user"))
    heard(drive, agent=1, outcome="cancelled")
    heard(drive, agent=2, outcome="cancelled")
    drive.say("again")
    drive.reply("done")
    return drive


@history
def resumed_while_a_child_waits_for_hooks() -> Drive:
    drive = with_agents(hooks=(hook("SubagentStart"), hook("SubagentStop")))
    spawn(drive, task(), task())
    heard(drive, agent=1)
    drive.reply("found it", agent=1)
    resumed(drive)
    heard(drive, agent=1, outcome="lost")
    heard(drive, agent=2, outcome="lost")
    fails(drive, 2, "lost")
    drive.reply("found it, too", agent=2)
    heard(drive, agent=2)
    drive.reply("done")
    return drive


# --- hooks and background of a kind ----------------------------------------------------------------------------------


@history
def hooks_of_kinds() -> Drive:
    """A child has the session's, those of its kind and those of kinds above it; the main agent its own alone."""
    upper = kind("Upper", hooks=(hook("PreToolUse", "upper"), hook("PreToolUse", "both"), hook("SubagentStop", "ends")))
    lower = kind("Lower", hooks=(hook("PreToolUse", "lower", "Read"), hook("SubagentStart", "begins", "Lower")))
    drive = with_agents(upper, lower, hooks=(hook("PreToolUse", "both"), hook("PostToolUse", "after")))
    drive.reply(task("upper"))
    resolved(drive)
    heard(drive)
    drive.reply(task("lower"), agent=1)
    resolved(drive, 1)
    heard(drive, agent=1)
    heard(drive, agent=1)
    heard(drive, agent=2, context="know this")
    drive.reply(READ_A, agent=2)
    resolved(drive, 2)
    heard(drive, agent=2)
    heard(drive, agent=2)
    heard(drive, agent=2, verdict="deny", reason="not you")
    for agent, parent in ((2, 1), (1, 0)):
        drive.reply(f"from {agent}", agent=agent)
        heard(drive, agent=agent)
        heard(drive, agent=parent)
    drive.reply(READ_A)
    resolved(drive)
    heard(drive)
    drive.finish(drive.open("tool.started"))
    heard(drive)
    drive.reply("done")
    return drive


@history
def kinds_of_the_background() -> Drive:
    """Whatever the call says, and whichever of both says so."""
    drive = with_agents(kind("Slow", background=True))
    for said in ({}, {"run_in_background": False}, {"run_in_background": True}):
        name, arguments = task("slow")
        spawn(drive, (name, json.dumps({**json.loads(arguments), **said})))
    for agent in (1, 2, 3):
        drive.reply(f"from {agent}", agent=agent)
    drive.reply("I wait")
    drive.reply("all heard")
    return drive
