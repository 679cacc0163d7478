"""Hooks that are asked about everything there is, and say whatever they may."""

from __future__ import annotations

from typing import Any

from claw.events.context import InstructionsFound
from claw.events.hook import Hook, HookFinished, HookName
from claw.events.input import InputInterrupted
from claw.events.permission import Mode, Rule
from claw.events.session import ConfigChanged, Confinement, SessionEnded
from claw.events.tool import PathFact, ToolFinished, ToolResolved
from tests.pure.drive import Drive
from tests.replay.histories.parts import BASH, HISTORIES, READ_A, command, forked, history, resumed

EDIT = ("Edit", '{"file_path":"a"}')
ALL: tuple[HookName, ...] = (
    "PreToolUse",
    "PermissionRequest",
    "PostToolUse",
    "UserPromptSubmit",
    "SessionStart",
    "SessionEnd",
    "Stop",
    "PreCompact",
)


def hook(event: HookName, name: str = "check", matcher: str = "") -> Hook:
    return Hook(event=event, command=name, source=f"s:{name}", matcher=matcher, timeout_ms=5_000)


def heard(drive: Drive, nth: int = 0, **said: Any) -> None:
    """The nth hook that runs says this."""
    call = drive.open("hook.requested", nth)
    event = drive.state.hooks.open[call].event
    drive.feed(HookFinished(**{"call": call, "event": event, "source": "s:9", "outcome": "answered", **said}))


def hooks_run(drive: Drive) -> bool:
    return "hook.requested" in drive.state.pending.calls.values()


def calling(*hooks: Hook, tool: tuple[str, str] = READ_A, paths: tuple[PathFact, ...] = (), **settings: Any) -> Drive:
    drive = Drive(hooks=hooks, **settings)
    drive.say("hello")
    drive.reply(tool)
    if paths:
        drive.feed(ToolResolved(call=drive.open("tool.resolve_requested"), paths=paths))
    else:
        drive.resolve(drive.open("tool.resolve_requested"))
    return drive


def go_on(drive: Drive) -> Drive:
    """The call runs, or the question about it is answered; the model has nothing more to say."""
    while True:
        calls = drive.state.pending.calls.values()
        if "tool.started" in calls:
            drive.finish(drive.open("tool.started"))
        elif "hook.requested" in calls:
            heard(drive)
        elif "model.requested" in calls:
            drive.reply("done")
        else:
            return drive


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
    assert "permission.asked" in drive.state.pending.calls.values()
    forked(drive)
    resumed(drive)
    for _ in range(30):
        if hooks_run(drive):
            heard(drive, context="again")
        elif "tool.resolve_requested" in drive.state.pending.calls.values():
            drive.resolve(drive.open("tool.resolve_requested"))
    drive.feed(SessionEnded(reason="quit"))
    drive.feed(SessionEnded(reason="done"))
    return drive


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


SAID: dict[str, dict[str, Any]] = {
    "deny": {"verdict": "deny", "reason": "no"},
    "deny_silently": {"verdict": "deny"},
    "ask": {"verdict": "ask", "reason": "hm"},
    "allow": {"verdict": "allow", "context": "fine"},
    "failed": {"outcome": "failed", "reason": "broken"},
    "unreadable": {"outcome": "unreadable", "reason": "odd"},
    "timeout": {"outcome": "timeout"},
    "cancelled": {"outcome": "cancelled"},
    "lost": {"outcome": "lost"},
    "halt": {"halt": "enough"},
    "halt_silently": {"halt": ""},
}
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
        if "tool.resolve_requested" in drive.state.pending.calls.values():
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
    drive.feed(ToolFinished(call=drive.open("tool.started"), content="no", is_error=True))
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


def inputs(*said: dict[str, Any], tool: bool = False) -> Drive:
    """One input while the model answers, with two hooks, and one after it."""
    drive = Drive(hooks=(hook("UserPromptSubmit", "a"), hook("UserPromptSubmit", "b")))
    drive.say("one")
    heard(drive, context="with it")
    heard(drive)
    drive.say("two")
    drive.reply(READ_A) if tool else drive.reply("hm")
    if tool:
        drive.resolve(drive.open("tool.resolve_requested"))
        drive.finish(drive.open("tool.started"))
    for what in said:
        if hooks_run(drive):
            heard(drive, **what)
    drive.say("three")
    while hooks_run(drive):
        heard(drive, **said[0])
    drive.say("four")
    while hooks_run(drive):
        heard(drive)
    return go_on(drive)


for _name, _said in SAID.items():
    HISTORIES[f"input_{_name}"] = lambda said=_said: inputs(said, {})  # type: ignore[misc]
    HISTORIES[f"input_after_{_name}"] = lambda said=_said: inputs({}, said, tool=True)  # type: ignore[misc]


@history
def first_words_that_are_refused() -> Drive:
    drive = Drive(hooks=(hook("UserPromptSubmit"), hook("SessionStart")))
    heard(drive, context="of the session")
    drive.say("secret")
    heard(drive, verdict="deny", reason="no")
    drive.say("hello")
    drive.say("world")
    heard(drive)
    heard(drive)
    drive.reply("hi")
    command(drive, "compact")
    drive.reply("a summary")
    heard(drive, context="after the summary")
    drive.say("more")
    heard(drive)
    drive.reply("hi")
    command(drive, "clear")
    heard(drive, context="from anew")
    drive.say("hello")
    heard(drive)
    return go_on(drive)


@history
def two_inputs_refused_and_a_fork_between() -> Drive:
    drive = Drive(hooks=(hook("UserPromptSubmit"),))
    drive.say("one")
    drive.say("two")
    heard(drive, verdict="deny", reason="no")
    forked(drive)
    resumed(drive)
    while hooks_run(drive):
        heard(drive, verdict="deny", reason="again")
    drive.say("three")
    drive.feed(InputInterrupted(how="user"))
    heard(drive, outcome="cancelled")
    drive.say("four")
    heard(drive)
    forked(drive)
    resumed(drive)
    return go_on(drive)


def stopping(*said: dict[str, Any]) -> Drive:
    drive = Drive(hooks=(hook("Stop", "a"), hook("Stop", "b")))
    drive.say("hello")
    drive.reply("done")
    for what in said:
        if "model.requested" in drive.state.pending.calls.values():
            drive.reply("done")
        if hooks_run(drive):
            heard(drive, **what)
    drive.say("more")
    return go_on(drive)


for _name, _said in SAID.items():
    HISTORIES[f"stop_{_name}"] = lambda said=_said: stopping(said, {}, {})  # type: ignore[misc]


@history
def a_turn_that_hooks_never_let_end() -> Drive:
    drive = Drive(hooks=(hook("Stop"),))
    drive.say("hello")
    for _ in range(9):
        drive.reply("done")
        heard(drive, verdict="deny", reason="never")
    drive.say("more")
    return go_on(drive)


@history
def what_comes_while_a_turn_is_about_to_end() -> Drive:
    drive = Drive(hooks=(hook("Stop"), hook("UserPromptSubmit", matcher="nothing")))
    drive.say("one")
    heard(drive)
    drive.reply("cut", stop="max_tokens")
    drive.say("two")
    heard(drive)
    drive.reply("done")
    drive.say("three")
    heard(drive, verdict="deny", reason="not yet")
    heard(drive)
    drive.reply("done")
    drive.say("four")
    heard(drive)
    heard(drive, verdict="deny", reason="no")
    drive.say("five")
    heard(drive)
    drive.reply("done")
    forked(drive)
    resumed(drive)
    heard(drive, verdict="deny")
    drive.reply("done")
    drive.feed(InputInterrupted(how="user"))
    heard(drive, outcome="cancelled")
    return drive


@history
def an_input_at_the_end_that_no_hook_made_go_on() -> Drive:
    drive = Drive(hooks=(hook("Stop"),))
    drive.say("one")
    drive.reply("done")
    drive.say("two")
    heard(drive)
    drive.reply("done")
    heard(drive, verdict="deny", reason="go on")
    drive.reply("done")
    forked(drive)
    resumed(drive)
    return go_on(drive)


def refused_after(drive: Drive) -> Drive:
    """A fork takes over what was called off; then an input is refused."""
    forked(drive)
    resumed(drive)
    while hooks_run(drive):
        heard(drive)
    drive.say("refused")
    heard(drive, verdict="deny", reason="no")
    drive.say("sent")
    return go_on(drive)


def called_off(event: HookName, how: str) -> Drive:
    """A turn called off while two such hooks run."""
    drive = Drive(hooks=(hook(event, "a"), hook(event, "b"), hook("UserPromptSubmit")))
    drive.say("hello")
    heard(drive)
    if event == "PostToolUse":
        drive.reply(READ_A)
        drive.resolve(drive.open("tool.resolve_requested"))
        drive.finish(drive.open("tool.started"))
    else:
        drive.reply("done")
    if event == "PreCompact":
        command(drive, "compact")
    heard(drive, halt="enough") if how == "halt" else drive.feed(InputInterrupted(how="user"))
    return refused_after(drive)


for _event in ("Stop", "PostToolUse", "PreCompact"):
    for _how in ("halt", "interrupt"):
        HISTORIES[f"called_off_{_event}_{_how}"] = lambda event=_event, how=_how: called_off(event, how)  # type: ignore[misc]


def compaction_called_off(how: str) -> Drive:
    drive = Drive(hooks=(hook("PreCompact", "a"), hook("PreCompact", "b")))
    drive.say("hello")
    drive.reply("hi")
    command(drive, "compact")
    heard(drive, halt="enough") if how == "halt" else drive.feed(InputInterrupted(how="user"))
    forked(drive)
    resumed(drive)
    drive.say("more")
    return go_on(drive)


for _how in ("halt", "interrupt"):
    HISTORIES[f"compaction_called_off_{_how}"] = lambda how=_how: compaction_called_off(how)  # type: ignore[misc]


@history
def a_fork_while_hooks_about_a_call_run() -> Drive:
    drive = calling(hook("PreToolUse"), hook("PostToolUse"))
    forked(drive)
    resumed(drive)
    drive.resolve(drive.open("tool.resolve_requested"))
    heard(drive)
    drive.finish(drive.open("tool.started"))
    return go_on(drive)


@history
def a_fork_with_an_input_that_waits() -> Drive:
    drive = Drive(hooks=(hook("UserPromptSubmit"),))
    drive.say("one")
    heard(drive)
    drive.reply(READ_A)
    drive.resolve(drive.open("tool.resolve_requested"))
    drive.say("two")
    forked(drive)
    resumed(drive)
    heard(drive, verdict="deny", reason="no")
    return go_on(drive)


@history
def a_summary_before_inputs_that_have_been_let_pass() -> Drive:
    drive = Drive(hooks=(hook("UserPromptSubmit"),))
    drive.say("one")
    heard(drive)
    drive.reply("hi")
    drive.say("two")
    heard(drive)
    drive.reply("hi", tokens=9_000)
    drive.say("three")
    heard(drive)
    drive.reply("a summary")
    return go_on(drive)


@history
def hooks_from_the_middle_of_a_call() -> Drive:
    drive = Drive()
    drive.say()
    drive.reply(READ_A)
    settings = drive.state.session.settings
    drive.feed(ConfigChanged(config=type(settings)(model=settings.model, hooks=(hook("PostToolUse"),))))
    drive.resolve(drive.open("tool.resolve_requested"))
    drive.finish(drive.open("tool.started"))
    return go_on(drive)


def compacting(said: dict[str, Any], *, fork: bool = False) -> Drive:
    drive = Drive(hooks=(hook("PreCompact", "a", "manual"), hook("PreCompact", "b", "auto"), hook("SessionStart")))
    heard(drive)
    drive.say("hello")
    drive.reply("hi")
    command(drive, "compact")
    if fork:
        forked(drive)
        resumed(drive)
        heard(drive)
    heard(drive, **said)
    if "model.requested" in drive.state.pending.calls.values():
        drive.reply("a summary")
        heard(drive, context="after it")
    drive.say("more")
    drive.reply("hi")
    drive.say("and more")
    drive.reply("hi", tokens=9_000)
    drive.say("too much")
    heard(drive, **said)
    if "model.requested" in drive.state.pending.calls.values():
        drive.reply("a summary")
    while hooks_run(drive):
        heard(drive, context="after it")
    return go_on(drive)


for _name, _said in SAID.items():
    HISTORIES[f"compaction_{_name}"] = lambda said=_said: compacting(said)  # type: ignore[misc]
HISTORIES["compaction_in_a_fork"] = lambda: compacting({}, fork=True)


def beginning(how: str) -> Drive:
    drive = Drive(hooks=tuple(hook("SessionStart", source, source) for source in ("startup", "resume", "clear")))
    drive.say("hello") if how != "quiet" else drive.feed(InputInterrupted(how="user"))
    match how:
        case "halt":
            heard(drive, halt="closed")
        case "interrupted":
            drive.feed(InputInterrupted(how="user"))
            heard(drive, outcome="cancelled")
        case _:
            heard(drive, halt="without a turn", context="c")
    drive.say("again")
    go_on(drive)
    resumed(drive)
    heard(drive, context="resumed")
    command(drive, "clear")
    return go_on(drive)


for _how in ("halt", "interrupted", "quiet"):
    HISTORIES[f"beginning_{_how}"] = lambda how=_how: beginning(how)  # type: ignore[misc]


@history
def hooks_that_come_and_go() -> Drive:
    drive = calling(hook("PreToolUse"), tool=EDIT)
    settings = drive.state.session.settings
    mode: Mode = "plan"
    drive.feed(ConfigChanged(config=type(settings)(model=settings.model, mode=mode, hooks=(hook("Stop"),))))
    heard(drive, verdict="allow") if hooks_run(drive) else None
    go_on(drive)
    drive.feed(ConfigChanged(config=type(settings)(model=settings.model)))
    drive.say("more")
    return go_on(drive)


@history
def an_answer_that_comes_too_late() -> Drive:
    drive = Drive(hooks=(hook("UserPromptSubmit"), hook("PreToolUse")))
    drive.say()
    late = drive.open("hook.requested")
    heard(drive)
    for event in ("UserPromptSubmit", "PreToolUse"):
        drive.feed(HookFinished(call=late, event=event, source="s", outcome="answered", verdict="deny", halt="late"))  # type: ignore[arg-type]
    drive.feed(InstructionsFound(call=late, files=()))
    return go_on(drive)
