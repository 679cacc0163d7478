"""Slash commands in a real terminal: those that are declared can be typed, explained and completed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from claw.cli.commands import COMMANDS as OUTSIDE
from claw.cli.terminal.commands.registry import COMMANDS, names
from tests.cli.live.tmux import Terminal, ready
from tests.cli.live.world import World, text, told

Start = Callable[..., Terminal]


def of(world: World, kind: str) -> list[dict[str, Any]]:
    return [event["data"] for event in world.events() if event["kind"] == kind]


def test_each_declaration_leads_to_something() -> None:
    assert len(list(names())) == len(set(names())), "two commands have the same name"
    for command in COMMANDS.values():
        assert callable(command.function())
        assert bool(command.completes) <= bool(command.argument), "what takes nothing has nothing to complete"
        assert callable(command.completer() or print)
        if command.outside:
            program, name, *words = command.outside.split()
            assert program == "claw"
            assert not OUTSIDE[name].parts or OUTSIDE[name].part(words[0]) is not None


def test_names_help_and_completion(world: World, terminal: Start) -> None:
    world.serve({**text("Planned."), "expect": ["Think about Mars"]})
    opened = ready(terminal())
    opened.enter("/hepl")
    opened.wait("there is no command /hepl", "do you mean /help? /help lists all")
    opened.enter("/no-such:thing-at.all")
    opened.wait("there is no command /no-such:thing-at.all")
    opened.enter("/help")
    opened.wait(*(f"/{name}" for name in COMMANDS))
    opened.enter("/help clear")
    opened.wait("begin the conversation anew", "also as", "/new, /reset", "has to wait until the turn is over")
    opened.enter("/usage")
    opened.wait("this session")
    opened.enter("/revoke")
    opened.wait("nothing was granted in this session")
    opened.enter("/revoke Bash(ls)")
    opened.wait("Bash(ls) was not granted in this session")
    opened.type("/permissions mode accept")
    opened.wait("acceptEdits")
    opened.press("Escape")
    opened.press("C-u")
    opened.enter("/plan Think about Mars")
    opened.wait("● Planned.", "permission mode plan")
    opened.enter("/exit")
    opened.exit_code()
    assert [event["config"]["mode"] for event in of(world, "config.changed")] == ["plan"]
    assert [event["text"] for event in of(world, "input.received")] == ["Think about Mars"]
    done = world.run("replay", "@last")
    assert done.returncode == 0, told(done)
