"""Rules that are held against the programs that a call starts."""

from __future__ import annotations

from claw.events.permission import Rule
from claw.events.session import Confinement
from tests.pure.drive import Drive
from tests.replay.histories.parts import BASH, READ_A, answered, history

RULES = (Rule(effect="deny", rule="Bash(rm:*)", source="s:1"), Rule(effect="deny", rule="Bash(dd:*)", source="s:2"))


@history
def what_starts_is_held_to_the_rules() -> Drive:
    """Once; with a rule that names the line to the letter; and of a tool that starts nothing."""
    drive = Drive(rules=RULES, confinement=Confinement(namespaces=True, traced=True))
    drive.say()
    for scope in ("once", "session"):
        drive.reply(BASH)
        drive.resolve(drive.open("tool.resolve_requested"))
        answered(drive, scope=scope)
        drive.finish(drive.open("tool.started"))
    drive.reply(BASH)
    drive.resolve(drive.open("tool.resolve_requested"))
    drive.finish(drive.open("tool.started"))
    drive.reply(READ_A)
    drive.resolve(drive.open("tool.resolve_requested"))
    drive.finish(drive.open("tool.started"))
    drive.reply("done")
    return drive


@history
def nothing_is_traced_where_the_kernel_does_not_let_it() -> Drive:
    drive = Drive(rules=RULES, confinement=Confinement(namespaces=True))
    drive.say()
    drive.reply(BASH)
    drive.resolve(drive.open("tool.resolve_requested"))
    answered(drive)
    drive.finish(drive.open("tool.started"))
    drive.reply("done")
    return drive
