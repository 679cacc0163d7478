"""Rules that are held against the programs that a call starts."""

from __future__ import annotations

from msgspec.structs import replace

from claw.events.permission import PermissionAnswered, Rule
from claw.events.session import ConfigChanged, Confinement
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


UNREADABLE = Rule(effect="allow", rule="Bash(", source="s:1")


@history
def where_policy_fails() -> Drive:
    """In each mode, for a rule that no claw can read any more; and a yes that comes when it can be read again."""
    drive = Drive(rules=(UNREADABLE,))
    drive.say()
    for mode in ("default", "plan", "dontAsk"):
        drive.feed(ConfigChanged(config=replace(drive.state.session.settings, mode=mode)))
        drive.reply(BASH)
        drive.resolve(drive.open("tool.resolve_requested"))
        if mode == "default":
            answered(drive)
    drive.feed(ConfigChanged(config=replace(drive.state.session.settings, mode="default")))
    drive.reply(BASH)
    drive.resolve(drive.open("tool.resolve_requested"))
    drive.feed(ConfigChanged(config=replace(drive.state.session.settings, rules=RULES)))
    answered(drive)
    drive.finish(drive.open("tool.started"))
    drive.reply("done")
    return drive


@history
def where_policy_fails_after_the_question() -> Drive:
    drive = Drive(rules=RULES, confinement=Confinement(namespaces=True, traced=True))
    drive.say()
    drive.reply(BASH)
    drive.resolve(drive.open("tool.resolve_requested"))
    drive.feed(ConfigChanged(config=replace(drive.state.session.settings, rules=(UNREADABLE,))))
    call = drive.open("permission.asked")
    drive.feed(PermissionAnswered(call=call, allowed=True, how="person", network=True))
    drive.reply("done")
    return drive
