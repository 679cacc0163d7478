"""What a session is about is said once by a small model, beside the conversation; lists show it."""

from __future__ import annotations

import json
from typing import Any

from tests.cli.live.tmux import ready
from tests.cli.live.world import World, text, told

NAMED: dict[str, Any] = {"for": "title", "blocks": [{"type": "text", "text": '"Blue  things, sorted."\nand more'}]}


def settings(world: World, **values: Any) -> None:
    (world.home / ".claude").mkdir(exist_ok=True)
    (world.home / ".claude/settings.json").write_text(json.dumps(values))


def replays(world: World) -> list[dict[str, Any]]:
    for command in ("verify", "replay"):
        checked = world.run(command, "@last")
        assert checked.returncode == 0, checked.stdout.decode() + told(checked)
    return world.events()


def purposes(events: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(one["data"]["purpose"], one["data"]["model"]) for one in events if one["kind"] == "model.requested"]


def test_a_session_in_the_terminal_is_named_behind_its_first_turn(world: World, terminal: Any) -> None:
    settings(world, smallModel="haiku")
    asked = ["<user-asked>\\nSort the blue things", "<agent-answered>\\nSorted them.", "Answer with these words alone"]
    world.serve(
        text("Sorted them."),
        text("More.", refuse=["Blue things, sorted"]),
        {**NAMED, "expect": asked, "refuse": ['"tools"', "You are claw"], "pace": 0.2},
    )
    opened = ready(terminal())
    opened.enter("Sort the blue things")
    opened.wait("Sorted them.")
    opened.wait_idle()
    opened.enter("Go on")
    opened.wait("More.")
    opened.wait_idle()
    screen = opened.screen()
    assert "Blue things" not in screen
    while not any(event["kind"] == "session.titled" for event in world.events()):
        opened.wait_idle()
    opened.enter("/quit")
    assert opened.exit_code() == 0
    events = replays(world)
    assert purposes(events) == [
        ("turn", "claude-sonnet-5-5"),
        ("title", "claude-haiku-5-5"),
        ("turn", "claude-sonnet-5-5"),
    ]
    assert [one["data"]["title"] for one in events if one["kind"] == "session.titled"] == ["Blue things, sorted"]
    assert "Blue things, sorted" in world.run("log").stdout.decode()
    listed = json.loads(world.run("log", "--json").stdout.splitlines()[0])
    assert (listed["name"], listed["title"]) == ("", "Blue things, sorted")
    assert "Blue things" not in world.run("show", "@last").stdout.decode()
    assert world.run("resume", "Blue things, sorted", "-p", "x").returncode != 0, "a title is no name"
    again = ready(terminal("--continue"))
    again.enter("/resume")
    again.wait("Go on with which session?", "Blue things, sorted (this)")
    again.press("Escape")
    again.wait("/help")
    again.enter("/quit")
    assert again.exit_code() == 0


def test_what_goes_wrong_with_it_is_recorded_and_told_to_nobody(world: World, terminal: Any) -> None:
    """Also where the person leaves while it is asked for: nobody waits."""
    settings(world, smallModel="haiku")
    fault = {"type": "status", "status": 400, "message": "no titles here"}
    world.serve(text("One."), text("Two."), {**NAMED, "faults": [fault]})
    opened = ready(terminal())
    opened.enter("first")
    opened.wait("One.")
    opened.wait_idle()
    opened.enter("second")
    opened.wait("Two.")
    opened.wait_idle()
    assert "no titles here" not in opened.screen()
    opened.enter("/quit")
    assert opened.exit_code() == 0
    events = replays(world)
    assert [purpose for purpose, _ in purposes(events)] == ["turn", "title", "turn"]
    (failed,) = (one["data"] for one in events if one["kind"] == "model.failed")
    assert failed["message"].endswith("no titles here")
    world.serve(text("Three."), {**NAMED, "blocks": [{"type": "text", "text": ["Never ", "seen"]}], "pace": 600})
    leaving = ready(terminal())
    leaving.enter("third")
    leaving.wait("Three.")
    leaving.wait_idle()
    leaving.enter("/clear")
    while "context.cleared" not in world.kinds():
        leaving.wait_idle()
    leaving.enter("/quit")
    assert leaving.exit_code() == 0
    (failed,) = (one["data"] for one in replays(world) if one["kind"] == "model.failed")
    assert failed["failure"] == "interrupted"


def test_when_it_is_asked_for(world: World, terminal: Any) -> None:
    """Never without a terminal unless the user says so; never where they say so, or where the session has a name."""
    world.serve(text("One."), NAMED)
    for values, more, wanted in (
        ({"smallModel": "haiku"}, (), False),
        ({"sessionTitles": "always"}, (), True),
        ({"sessionTitles": "always"}, ("--name", "mine"), False),
    ):
        settings(world, **values)
        done = world.run("-p", "go", *more)
        assert (done.returncode, done.stdout) == (0, b"One.\n"), told(done)
        events = replays(world)
        assert ("session.titled" in [one["kind"] for one in events]) == wanted, values
    settings(world, sessionTitles="often")
    assert "never, terminal, always" in told(world.run("-p", "go"))
    settings(world, smallModel="haiku", sessionTitles="never")
    opened = ready(terminal())
    opened.enter("go")
    opened.wait("One.")
    opened.wait_idle()
    opened.enter("/quit")
    assert opened.exit_code() == 0
    assert [purpose for purpose, _ in purposes(replays(world))] == ["turn"]
