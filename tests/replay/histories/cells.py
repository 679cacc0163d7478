"""Cells for interpreters that live on: judged as command lines, of which nothing only reads."""

from __future__ import annotations

import json

from claw.events.permission import Mode, Rule
from claw.events.shell import ShellFinished, ShellStarted
from claw.tools.powershell import PowerShell
from claw.tools.repl import Repl
from tests.pure.drive import Drive
from tests.replay.histories.calls import FULL
from tests.replay.histories.parts import answered, history
from tests.replay.histories.tasks import resolved, spawn, with_agents

RULES = (
    Rule(effect="allow", rule="Bash(make:*)", source="settings"),
    Rule(effect="deny", rule="Bash(rm:*)", source="settings"),
)


def cell(code: str, language: str | None = None) -> tuple[str, str]:
    return "REPL", json.dumps({"code": code, **({"language": language} if language else {})})


def cells(mode: Mode) -> Drive:
    """What is known to read, what a rule allows, both together, what a rule denies, what runs nothing, and a Python."""
    drive = with_agents(tools=(Repl.spec, PowerShell.spec), mode=mode, rules=RULES, confinement=FULL)
    lines = ("ls", "make", "make; make all", "ls; make", "rm x", "x=1", "")
    for code in lines:
        _one(drive, cell(code, "shell"))
    for code in ("print('it')", 'print("rm x")'):
        _one(drive, cell(code))
        _one(drive, cell(code, "python"))
    _one(drive, cell("make", "another"))
    _one(drive, ("PowerShell", '{"command":"Get-ChildItem"}'))
    _one(drive, ("REPL", '{"language":"shell"}'))
    return drive


def _one(drive: Drive, call: tuple[str, str]) -> None:
    spawn(drive, call)
    if drive.all_open("permission.asked"):
        answered(drive)
    for started in drive.all_open("tool.started"):
        drive.finish(started)
    resolved(drive)


@history
def cells_in_default_mode() -> Drive:
    return cells("default")


@history
def cells_in_accept_edits_mode() -> Drive:
    return cells("acceptEdits")


@history
def cells_in_plan_mode() -> Drive:
    return cells("plan")


@history
def cells_that_nobody_is_asked_about() -> Drive:
    return cells("dontAsk")


@history
def cells_where_all_is_allowed() -> Drive:
    return cells("bypassPermissions")


@history
def an_interpreter_that_ended_is_told_of() -> Drive:
    """With claw, by itself, and because the model wanted it, which it knows."""
    drive = with_agents(tools=(Repl.spec,), mode="bypassPermissions")
    for number, end in ((1, {"reason": "crash"}), (2, {"reason": "exited", "exit": 3}), (3, {"reason": "killed"})):
        drive.reply(cell("x = 1"))
        resolved(drive)
        started = drive.open("tool.started")
        drive.feed(ShellStarted(id=f"python_{number}", call=started, command="python (REPL)"))
        drive.finish(started)
        drive.feed(ShellFinished(id=f"python_{number}", **end))
    drive.reply("so be it")
    drive.say("and?")
    drive.reply("nothing")
    return drive
