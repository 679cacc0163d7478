"""A person's own `!command`: run at once or behind the turn, unasked, told to the model with the next request."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

from tests.cli.live.tmux import Terminal, ready
from tests.cli.live.world import World, text, told, tool

Start = Callable[..., Terminal]

WAIT = "touch begun; while [ ! -e go ]; do sleep 0.1; done"


def replays(world: World) -> None:
    done = world.run("replay", "@last")
    assert done.returncode == 0, told(done)


def of(world: World, kind: str) -> list[dict[str, Any]]:
    return [event["data"] for event in world.events() if event["kind"] == kind]


def test_what_it_says_is_read_with_the_next_message_and_nobody_is_asked(world: World, terminal: Start) -> None:
    world.serve(
        {
            **text("I see."),
            "expect": ["<bash-input>echo one; echo two >made; exit 3</bash-input>", "one\n\nExit code 3", "What now?"],
            "refuse": ["deny-me"],
        },
        {
            **text("Refused, then."),
            "expect": ["<bash-input>rm made</bash-input>", "denied by the rule", "is protected", "And these?"],
        },
        {**text("So it was."), "expect": ["Interrupted before it was done", "half"], "refuse": ["a summary"]},
    )
    settings = world.home / ".claude" / "settings.json"
    settings.parent.mkdir()
    settings.write_text('{"permissions": {"deny": ["Bash(rm:*)"], "ask": ["Bash(touch:*)"]}}')
    (world.workspace / ".git" / "hooks").mkdir(parents=True)
    opened = ready(terminal())
    opened.enter("!")
    opened.wait("which command?")
    opened.type("!echo one; echo two >made; exit 3")
    opened.wait("Enter runs it in your own shell")
    opened.press("Enter")
    opened.wait("! echo one; echo two >made; exit 3", "⎿ one", "Exit code 3")
    assert (world.workspace / "made").read_text() == "two\n"
    assert "model.requested" not in world.kinds(), "nothing is asked of the model by itself"
    # It is the person's own shell: nothing confines it, and no rule that asks is asked about.
    outside = world.root / "outside"
    opened.enter(f"!touch {outside}")
    opened._until(lambda _: outside.exists(), "a file outside of the workspace")
    opened.wait_idle()
    opened.enter("What now?")
    opened.wait("● I see.")
    opened.wait_idle()
    # Deny rules hold, also for what it starts; and so do protected paths.
    opened.enter("!rm made")
    opened.wait("! rm made", "is denied by the rule Bash(rm:*)")
    (world.workspace / "sweep.sh").write_text("rm made\n")
    opened.enter("!bash sweep.sh")
    opened.wait_count("Exit code", 2)
    opened.enter("!echo x >.git/hooks/pre-commit")
    opened.wait("is protected")
    assert (world.workspace / "made").exists()
    assert not (world.workspace / ".git" / "hooks" / "pre-commit").exists()
    opened.enter("And these?")
    opened.wait("● Refused, then.")
    opened.wait_idle()
    # It streams, and Esc ends it.
    opened.enter("!echo half; touch begun; sleep 600")
    opened.wait("⎿ half", "Esc interrupts")
    opened.press("Escape")
    opened.wait("interrupted")
    opened.wait_idle()
    opened.enter("And now?")
    opened.wait("● So it was.")
    opened.enter("/quit")
    opened.exit_code()
    asked = of(world, "tool.requested")
    assert {event["origin"] for event in asked} == {"person"}
    assert all(event["sandbox"] is None for event in of(world, "tool.started") if "sandbox" in event)
    assert "permission.asked" not in world.kinds()
    verdicts = [event["verdict"] for event in of(world, "permission.evaluated")]
    assert verdicts == ["allow", "allow", "deny", "allow", "deny", "allow"]
    replays(world)
    assert world.run("verify", "@last").returncode == 0


def test_one_waits_for_the_turn_and_outlives_kill_9(world: World, terminal: Start) -> None:
    world.serve(
        tool("Bash", {"command": WAIT}),
        {**text("Done."), "refuse": ["bash-input"]},
        {**text("Next."), "expect": ["<bash-input>echo seen</bash-input>", "Then this."]},
        {**text("At last."), "expect": ["Interrupted: claw stopped while this ran", "before", "Well?"]},
    )
    opened = ready(terminal("--allowed-tools", "Bash"))
    opened.enter("Work.")
    opened.wait("Running")
    opened.enter("!echo seen")
    opened.wait("!echo seen  (queued)")
    opened.enter("Then this.")
    opened.wait("Then this.  (queued)")
    (world.workspace / "go").touch()
    screen = opened.wait("● Done.", "⎿ seen", "● Next.")
    assert screen.index("● Done.") < screen.index("! echo seen") < screen.index("● Next.")
    opened.wait_idle()
    opened.enter("!echo before; touch running; sleep 600")
    opened._until(lambda _: (world.workspace / "running").exists(), "the command")
    opened.wait("⎿ before")
    os.kill(opened.pid, signal.SIGKILL)
    opened.exit_code()
    done = world.run("resume", "@last", "-p", "Well?")
    assert done.stdout == b"At last.\n", told(done)
    assert of(world, "tool.interrupted") == [{**of(world, "tool.interrupted")[0], "reason": "crash"}]
    replays(world)


def test_it_is_bounded_and_masked_and_no_command_holds_a_secret(world: World, terminal: Start) -> None:
    world.serve({**text("Long."), "expect": ["<bash-stdout>1\n2\n", "\n60000</bash-stdout>"], "refuse": ["\n30000\n"]})
    world.environ["SOME_API_KEY"] = "kH7mQ2xZ9pL4vN8cR1tY"
    (world.workspace / "leak").write_text("kH7mQ2xZ9pL4vN8cR1tY\n")
    opened = ready(terminal())
    opened.enter("!seq 60000")
    opened.wait("lines before")
    opened.wait_idle()
    opened.enter("!cat leak")
    opened.wait("secret:SOME_API_KEY")
    opened.enter("!echo kH7mQ2xZ9pL4vN8cR1tY")
    opened.wait("the command holds a secret")
    opened.enter("How long?")
    opened.wait("● Long.")
    opened.enter("/quit")
    opened.exit_code()
    assert "kH7mQ2xZ9pL4vN8cR1tY" not in str(world.events())
    replays(world)
