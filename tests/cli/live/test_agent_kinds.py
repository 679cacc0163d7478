"""Kinds of agent from files, in a terminal: asked about where a repository brings them, and listed."""

from __future__ import annotations

from collections.abc import Callable

from tests.cli.live.tmux import Terminal, ready
from tests.cli.live.world import World, text
from tests.session.test_agent_kinds import page, write


def test_they_are_asked_about_and_listed(world: World, terminal: Callable[..., Terminal]) -> None:
    world.serve(text("hello"))
    write(world.home, "mine.md", page("tools: Read", "color: red", name="mine", about="looks"))
    write(world.home, "odd.md", "nothing\n")
    write(world.workspace, "theirs.md", page("permissionMode: plan", name="theirs", about="plans \u202ethings"))
    opened = terminal()
    opened.wait("agent", "theirs: plans <U+202E>things (its parent's tools, mode plan; BLAKE3", "Press a key")
    opened.press("y")
    opened.wait("~/.claude/agents/odd.md:1: left out: it does not begin with a line ---")
    ready(opened)
    opened.enter("/agents")
    opened.wait("what it is for", "general-purpose", "mine", "~/.claude/agents/mine.md", "theirs")
    opened.wait("not in effect yet: color.")
    opened.press("C-d")
    assert opened.exit_code() == 0
