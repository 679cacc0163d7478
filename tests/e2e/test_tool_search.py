"""A tool that is searched for, as a person sees it: found, asked about, and used."""

from __future__ import annotations

import json
from collections.abc import Callable

from tests.cli.live.tmux import Terminal, asked, ready
from tests.cli.live.world import World, text, told, tool

LATER = "claude-haiku-4-5"
CHANGE = {"setting": "model", "value": LATER}


def of(world: World, kind: str) -> list[dict[str, object]]:
    return [event["data"] for event in world.events() if event["kind"] == kind]


def test_a_setting_is_found_looked_at_and_changed_once_the_person_says_yes(
    world: World, terminal: Callable[..., Terminal]
) -> None:
    settings = world.home / ".claude/settings.json"
    settings.parent.mkdir()
    settings.write_text(json.dumps({"permissions": {"allow": ["Config"]}, "env": {"A": "b"}}))
    world.serve(
        tool("Config", {"setting": "model"}),
        {**tool("ToolSearch", {"query": "settings"}), "expect": ["Config is not among your tools yet"]},
        {**tool("Config", {"setting": "permissions.allow"}), "expect": ["1 tool found"]},
        {**tool("Config", CHANGE), "expect": ["permissions.allow: Config (~/.claude/settings.json:"]},
        {
            **tool("Config", {"setting": "permissions.allow", "value": "Bash"}),
            "expect": ["for sessions that begin from"],
        },
        {**text("It is done."), "expect": ["No call changes the setting permissions.allow"]},
    )
    screen = ready(terminal())
    screen.enter("Use the small model from now on.")
    asked(screen)
    screen.wait("Config(model, to be claude-haiku-4-5)")
    screen.press("1")
    screen.wait("It is done.")
    screen.wait_idle()
    screen.press("C-d")
    assert screen.exit_code() == 0
    assert json.loads(settings.read_text()) == {"permissions": {"allow": ["Config"]}, "env": {"A": "b"}, "model": LATER}
    assert [one["verdict"] for one in of(world, "permission.evaluated")][1:] == ["allow", "ask", "deny"]
    assert world.run("replay", "@last").returncode == 0
    world.serve(text("Hello."))
    assert world.run("-p", "Hi.").returncode == 0
    (request,) = of(world, "model.requested")
    assert str(request["model"]).startswith(LATER)


def test_nobody_there_means_no(world: World) -> None:
    world.serve(tool("ToolSearch", {"query": "select:Config"}), tool("Config", CHANGE), text("I could not."))
    done = world.run("-p", "Use another.", "--permission-mode", "bypassPermissions")
    assert done.returncode == 3, told(done)
    assert not (world.home / ".claude/settings.json").exists()
    assert [one["verdict"] for one in of(world, "permission.evaluated")] == ["allow", "ask"]
    assert world.run("replay", "@last").returncode == 0
