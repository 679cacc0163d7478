"""Calls: confined or not, with facts that change before they begin."""

from __future__ import annotations

from claw.events.input import InputInterrupted
from claw.events.permission import PermissionAnswered, Rule
from claw.events.session import Confinement
from claw.events.tool import PathFact, ToolInterrupted, ToolResolved
from tests.pure.drive import Drive
from tests.replay.histories.parts import BASH, READ_A, answered, history

FULL = Confinement(namespaces=True, landlock=7, seccomp=True)
READ_ONLY = ("Bash", '{"command":"pwd"}')
HERE = PathFact(parameter="file_path", given="a", canonical="a", inside=True)
THERE = PathFact(parameter="file_path", given="a", canonical="/etc/a", inside=False)


def _run(drive: Drive, call: tuple[str, str], *, network: bool = False) -> None:
    drive.reply(call)
    drive.feed(ToolResolved(call=drive.open("tool.resolve_requested")))
    if "permission.asked" in drive.state.pending.calls.values():
        asked = drive.open("permission.asked")
        drive.feed(PermissionAnswered(call=asked, allowed=True, how="person", network=network))
    drive.finish(drive.open("tool.started"))


@history
def confined() -> Drive:
    drive = Drive(confinement=FULL)
    drive.say("run")
    for network in (False, True, False):
        _run(drive, BASH, network=network)
    _run(drive, READ_ONLY)
    drive.reply("done")
    return drive


@history
def confined_to_domains() -> Drive:
    rules = (
        Rule(effect="deny", rule="Read(./secrets/**)", source="settings"),
        Rule(effect="ask", rule="Edit(*.lock)", source="settings"),
    )
    drive = Drive(confinement=FULL, domains=("example.com",), rules=rules)
    drive.say("run")
    _run(drive, BASH)
    drive.reply("done")
    return drive


@history
def anywhere() -> Drive:
    drive = Drive(confinement=FULL, domains=("*",))
    drive.say("run")
    _run(drive, BASH)
    return drive


@history
def confined_without_namespaces() -> Drive:
    drive = Drive(confinement=Confinement(landlock=1))
    drive.say("run")
    _run(drive, BASH)
    _run(drive, READ_ONLY)
    return drive


@history
def confined_but_for_the_mode() -> Drive:
    drive = Drive(confinement=FULL, mode="bypassPermissions")
    drive.say("run")
    _run(drive, BASH)
    return drive


@history
def planned() -> Drive:
    drive = Drive(confinement=FULL, mode="plan")
    drive.say("run")
    _run(drive, READ_ONLY)
    return drive


@history
def restless() -> Drive:
    drive = Drive()
    drive.say("read")
    drive.reply(READ_A)
    drive.feed(ToolResolved(call=drive.open("tool.resolve_requested"), paths=(HERE,)))
    for _ in range(4):
        drive.feed(ToolResolved(call=drive.open("tool.started"), paths=(HERE,)))
    drive.reply(READ_A)
    drive.feed(ToolResolved(call=drive.open("tool.resolve_requested"), paths=(HERE,)))
    drive.feed(ToolResolved(call=drive.open("tool.started"), paths=(THERE,)))
    answered(drive)
    drive.feed(ToolResolved(call=drive.open("tool.started"), error="gone"))
    drive.reply("done")
    return drive


@history
def moved_while_called_off() -> Drive:
    drive = Drive()
    drive.say("read")
    drive.reply(READ_A, READ_A)
    for _ in range(2):
        drive.feed(ToolResolved(call=drive.open("tool.resolve_requested"), paths=(HERE,)))
    drive.feed(InputInterrupted(how="user"))
    drive.feed(ToolResolved(call=drive.open("tool.started"), paths=(THERE,)))
    drive.feed(ToolInterrupted(call=drive.open("tool.started"), reason="cancelled"))
    drive.say("again")
    drive.reply("done")
    return drive
