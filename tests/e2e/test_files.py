"""Tools for files as people and models use them: asked about with what they change, done, recorded, replayed."""

from __future__ import annotations

from collections.abc import Callable

from tests.cli.live.tmux import Terminal, answer, asked, ready
from tests.cli.live.world import World, text, told, tool

Start = Callable[..., Terminal]


def replays(world: World) -> None:
    for command in ("verify", "replay"):
        done = world.run(command, "@last")
        assert done.returncode == 0, told(done)


def results(world: World) -> list[str]:
    """What the model was told of each call."""
    finished = [event["data"] for event in world.events() if event["kind"] == "tool.finished"]
    return ["\n".join(block.get("text", block["type"]) for block in one["content"]) for one in finished]


def test_several_edits_are_asked_about_with_all_they_change(world: World, terminal: Start) -> None:
    path = world.workspace / "a.py"
    path.write_text("a = 1\nb = 2\nc = 3\n")
    edits = [{"old_string": "a = 1", "new_string": "a = 10"}, {"old_string": "c = 3", "new_string": "c = 30"}]
    world.serve(
        tool("Read", {"file_path": "a.py"}),
        tool("MultiEdit", {"file_path": "a.py", "edits": edits}),
        {**text("Changed both."), "expect": ["Changed a.py (2 edits)"]},
    )
    opened = ready(terminal())
    opened.enter("Change both.")
    screen = asked(opened)
    assert "MultiEdit(a.py)" in screen
    for shown in ("- a = 1", "+ a = 10", "- c = 3", "+ c = 30", "Edit("):
        assert shown in screen, shown
    assert path.read_text() == "a = 1\nb = 2\nc = 3\n"
    answer(opened, "Yes, this once")
    opened.wait("Changed both.")
    assert path.read_text() == "a = 10\nb = 2\nc = 30\n"
    opened.enter("/quit")
    assert opened.exit_code() == 0
    replays(world)


def test_a_rule_for_edits_is_one_for_several(world: World) -> None:
    (world.workspace / "a.txt").write_text("a\n")
    edits = [{"old_string": "a", "new_string": "b"}]
    world.serve(
        tool("Read", {"file_path": "a.txt"}),
        tool("MultiEdit", {"file_path": "a.txt", "edits": edits}),
        tool("MultiEdit", {"file_path": "src/b.txt", "edits": [{"old_string": "", "new_string": "new\n"}]}),
        text("Done."),
    )
    done = world.run("-p", "go", "--allowed-tools", "Edit", "--disallowed-tools", "Write(src/**)")
    assert done.returncode == 0, told(done)
    assert (world.workspace / "a.txt").read_text() == "b\n"
    assert not (world.workspace / "src").exists()
    replays(world)
