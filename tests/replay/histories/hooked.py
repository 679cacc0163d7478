"""What histories with hooks are made with: everything that a hook may say, and a session that hears it."""

from __future__ import annotations

from typing import Any

from claw.events.hook import Hook, HookFinished, HookName
from claw.events.tool import PathFact, ToolResolved
from tests.pure.drive import Drive
from tests.replay.histories.parts import READ_A

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


def heard(drive: Drive, nth: int = 0, *, agent: int = 0, **said: Any) -> None:
    """The nth of the agent's hooks that run says this."""
    call = drive.open("hook.requested", nth, agent)
    event = drive.state.agents[agent].hooks.open[call].event
    finished = HookFinished(**{"call": call, "event": event, "source": "s:9", "outcome": "answered", **said})
    drive.feed(finished, agent=agent)


def hooks_run(drive: Drive) -> bool:
    return "hook.requested" in drive.state.main.pending.calls.values()


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
        calls = drive.state.main.pending.calls.values()
        if "tool.started" in calls:
            drive.finish(drive.open("tool.started"))
        elif "hook.requested" in calls:
            heard(drive)
        elif "model.requested" in calls:
            drive.reply("done")
        else:
            return drive


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
