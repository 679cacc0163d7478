"""Hooks that are asked about calls, and say whatever they may."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from claw.events.hook import Hook
from claw.events.input import InputInterrupted
from claw.events.permission import Rule
from claw.events.results import texts
from claw.events.session import Confinement, SessionEnded
from claw.events.tool import PathFact, ToolFinished
from tests.pure.drive import Drive
from tests.replay.histories.hooked import ALL, EDIT, SAID, calling, go_on, heard, hook, hooks_run
from tests.replay.histories.parts import BASH, HISTORIES, READ_A, forked, history, resumed


@history
def everything_is_hooked() -> Drive:
    drive = Drive(hooks=tuple(hook(event, name) for event in ALL for name in ("a", "b")))
    for _ in range(2):
        heard(drive, context="of the session")
    drive.say("hello")
    for context in ("", "of the input"):
        heard(drive, context=context)
    drive.reply(READ_A, EDIT)
    drive.resolve(drive.open("tool.resolve_requested"))
    for _ in range(2):
        heard(drive)
    drive.finish(drive.open("tool.started"))
    heard(drive, verdict="deny", reason="first", context="second")
    heard(drive, verdict="deny")
    drive.resolve(drive.open("tool.resolve_requested"))
    while hooks_run(drive):
        heard(drive)
    assert "permission.asked" in drive.state.main.pending.calls.values()
    forked(drive)
    resumed(drive)
    for _ in range(30):
        if hooks_run(drive):
            heard(drive, context="again")
        elif "tool.resolve_requested" in drive.state.main.pending.calls.values():
            drive.resolve(drive.open("tool.resolve_requested"))
    drive.feed(SessionEnded(reason="quit"))
    drive.feed(SessionEnded(reason="done"))
    return drive


@history
def hooks_of_two_plugins_with_one_command() -> Drive:
    """Each is asked, and once."""
    drive = calling(*(replace(hook("PreToolUse"), root=root) for root in ("/a", "/b", "/a")))
    for reason in ("first", "second"):
        heard(drive, verdict="deny", reason=reason)
    return go_on(drive)


@history
def an_end_that_is_told_twice() -> Drive:
    drive = Drive(hooks=(hook("SessionEnd", "a"), hook("SessionEnd", "b", "other")))
    for reason in ("quit", "failed", "quit"):
        drive.feed(SessionEnded(reason=reason))  # type: ignore[arg-type]
        while hooks_run(drive):
            heard(drive)
        resumed(drive)
    return drive


def one_call(said: dict[str, Any], *hooks: Hook, **how: Any) -> Drive:
    drive = calling(*hooks, **how)
    while hooks_run(drive):
        heard(drive, **said)
    return go_on(drive)


CONFINED = Confinement(namespaces=True)
RULES = (Rule(effect="ask", rule="Read(a)", source="r"),)
PATH = PathFact(parameter="file_path", given="a", canonical="/etc/a", inside=False)
PROTECTED = PathFact(parameter="file_path", given="a", canonical="/h/.ssh/a", inside=False, protected=True)
WAYS: dict[str, dict[str, Any]] = {
    "read": {},
    "edit": {"tool": EDIT},
    "command": {"tool": BASH, "confinement": CONFINED},
    "unconfined": {"tool": BASH},
    "rule": {"rules": RULES},
    "outside": {"paths": (PATH,)},
    "protected": {"paths": (PATH, PROTECTED)},
    "in_part_unclear": {"tool": ("Bash", '{"command":"make; $x"}'), "confinement": CONFINED},
    "careful": {"mode": "dontAsk"},
    "plan": {"tool": EDIT, "mode": "plan"},
}
for _name, _said in SAID.items():
    for _way, _how in WAYS.items():
        for _event in ("PreToolUse", "PermissionRequest"):
            HISTORIES[f"{_event}_{_name}_{_way}"] = lambda said=_said, how=_how, event=_event: one_call(  # type: ignore[misc]
                said, hook(event), **how
            )


def of_two(first: dict[str, Any], second: dict[str, Any], **how: Any) -> Drive:
    """Two hooks say something about one call, the second first."""
    drive = calling(hook("PreToolUse", "a"), hook("PreToolUse", "b"), hook("PermissionRequest", "c"), **how)
    heard(drive, 1, **second)
    heard(drive, **first)
    return go_on(drive)


for _one in ("deny", "ask", "allow", "failed"):
    for _other in ("deny_silently", "ask", "allow", "timeout"):
        HISTORIES[f"two_{_one}_{_other}"] = lambda one=_one, other=_other: of_two(  # type: ignore[misc]
            SAID[one], SAID[other], tool=EDIT
        )


@history
def matchers() -> Drive:
    names = ("", "*", "Read", "Rea", "Read|Edit", "Rea.", "^Edit", "Bash", "Reader", "read")
    drive = Drive(hooks=tuple(hook("PreToolUse", f"{number}", name) for number, name in enumerate(names)))
    drive.say()
    for tool in (READ_A, EDIT, BASH):
        drive.reply(tool)
        drive.resolve(drive.open("tool.resolve_requested"))
        while hooks_run(drive):
            heard(drive, verdict="deny", reason="no")
    return drive


@history
def one_command_in_two_places() -> Drive:
    return go_on(calling(hook("PreToolUse"), hook("PreToolUse", matcher="Read"), hook("Stop")))


def changing(*rounds: dict[str, Any], tool: tuple[str, str] = BASH, **settings: Any) -> Drive:
    """Hooks that give the call other inputs; each round is for the first that still runs."""
    hooks = (hook("PreToolUse", "a"), hook("PreToolUse", "b"), hook("PermissionRequest", "c"))
    drive = calling(*hooks, tool=tool, **settings)
    for said in rounds:
        if hooks_run(drive):
            heard(drive, **said)
        if "tool.resolve_requested" in drive.state.main.pending.calls.values():
            drive.resolve(drive.open("tool.resolve_requested"))
    return go_on(drive)


ONE, TWO, SAME = {"command": "make one"}, {"command": "make two"}, {"command": "make"}
HISTORIES["changed_once"] = lambda: changing({"updated": ONE, "verdict": "allow"}, {}, {}, confinement=CONFINED)
HISTORIES["changed_twice"] = lambda: changing({"updated": ONE}, {"updated": TWO}, {"updated": TWO}, {}, {})
HISTORIES["changed_alike"] = lambda: changing({"updated": ONE}, {"updated": ONE}, {}, {}, {})
HISTORIES["changed_to_the_same"] = lambda: changing({"updated": SAME}, {"updated": SAME}, {})
HISTORIES["changed_and_denied"] = lambda: changing({"updated": ONE}, {"verdict": "deny"})
HISTORIES["changed_and_asked"] = lambda: changing({"updated": ONE, "verdict": "ask"}, {}, {}, {})
HISTORIES["changed_at_the_question"] = lambda: changing(
    {}, {}, {"updated": ONE, "verdict": "allow"}, {}, {}, confinement=CONFINED
)
HISTORIES["changed_by_all"] = lambda: changing(*({"updated": {"command": f"make {n}"}} for n in range(9)))
HISTORIES["changed_into_what_is_denied"] = lambda: changing(
    {"updated": ONE}, {}, {}, rules=(Rule(effect="deny", rule="Bash(make one)", source="r"),), mode="bypassPermissions"
)


@history
def hooks_about_calls_that_wait_for_each_other() -> Drive:
    drive = Drive(hooks=(hook("PostToolUse"), hook("PreToolUse", matcher="Edit")), mode="acceptEdits")
    drive.say()
    drive.reply(READ_A, READ_A, EDIT, READ_A)
    for nth in (0, 0):
        drive.resolve(drive.open("tool.resolve_requested", nth))
    drive.finish(drive.open("tool.started", 1))
    drive.finish(drive.open("tool.started"))
    heard(drive, 1)
    heard(drive, context="one")
    drive.resolve(drive.open("tool.resolve_requested"))
    heard(drive)
    drive.feed(ToolFinished(call=drive.open("tool.started"), content=texts("no"), is_error=True))
    drive.resolve(drive.open("tool.resolve_requested"))
    drive.feed(InputInterrupted(how="user"))
    drive.finish(drive.open("tool.started"))
    return drive


@history
def a_call_interrupted_while_its_hooks_run() -> Drive:
    drive = calling(hook("PreToolUse", "a"), hook("PreToolUse", "b"))
    drive.feed(InputInterrupted(how="user"))
    heard(drive, outcome="cancelled")
    heard(drive, halt="late", context="late")
    drive.say("again")
    drive.reply(READ_A)
    drive.resolve(drive.open("tool.resolve_requested"))
    heard(drive, halt="now")
    heard(drive, outcome="cancelled")
    drive.say("and again")
    return drive
