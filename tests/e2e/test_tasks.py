"""The list of what is to be done: the model writes it, the person sees it, and the log has each change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.cli.live.tmux import Terminal, ready
from tests.cli.live.world import World, text, told, tool


def todo(content: str, status: str, doing: str = "") -> dict[str, str]:
    return {"content": content, "status": status, **({"activeForm": doing} if doing else {})}


FIRST = [todo("Read the code", "in_progress", "Reading the code"), todo("Mend it", "pending"), todo("Test", "pending")]
THEN = [todo("Read the code", "completed"), todo("Mend it", "in_progress", "Mending it"), todo("Test", "pending")]


def test_a_person_sees_the_list_change(world: World, terminal: Callable[..., Terminal]) -> None:
    world.serve(
        tool("TodoWrite", {"todos": FIRST}),
        tool("TodoWrite", {"todos": THEN}, expect=["3 tasks are listed: 0 completed, 1 in progress, 2 pending."]),
        text("all set"),
    )
    shown = ready(terminal())
    shown.enter("go")
    screen = shown.wait("all set")
    assert "TodoWrite(0 of 3 done)" in screen
    assert "▶ Reading the code" in screen
    assert "☐ Mend it" in screen
    assert "TodoWrite(1 of 3 done)" in screen
    assert "☒ Read the code" in screen
    assert "▶ Mending it" in screen
    shown.enter("/quit")
    assert shown.exit_code() == 0
    past = ready(terminal("--continue"))
    assert "☒ Read the code" in past.screen()
    assert world.run("replay", "@last").returncode == 0


def test_a_list_outlives_a_resume_and_is_checked(world: World) -> None:
    world.serve(
        tool("TodoWrite", {"todos": FIRST}),
        text("so far"),
        tool("TodoWrite", {"todos": [*THEN, todo("Ship", "pending")]}, expect=["go on"]),
        text("bye", expect=["4 tasks are listed: 1 completed"]),
        tool("TodoWrite", {"todos": [{"content": "", "status": "started"}]}, expect=["again"]),
        text("never mind", expect=["Invalid arguments for TodoWrite: todos.0.content: ", "todos.0.status: "]),
    )
    for words, said in (("go", b"so far\n"), ("go on", b"bye\n"), ("again", b"never mind\n")):
        done = world.run(*(["-p"] if words == "go" else ["resume", "@last", "-p"]), words)
        assert (done.returncode, done.stdout) == (0, said), told(done)
    updates: list[dict[str, Any]] = [one["data"] for one in world.events() if one["kind"] == "task.updated"]
    assert [[task["id"] for task in update["tasks"]] for update in updates] == [["1", "2", "3"], ["1", "2", "3", "4"]]
    assert b"4. Ship (pending)" in world.run("log", "@last", "--kind", "task.updated").stdout
    assert world.run("replay", "@last").returncode == 0


def test_tasks_one_by_one_are_found_first(world: World) -> None:
    """What the main agent alone may use it still has behind that."""
    world.serve(
        tool("ToolSearch", {"query": "select:TaskCreate,TaskUpdate,TaskList"}),
        tool("AskUserQuestion", {"questions": []}),
        tool("TaskCreate", {"subject": "Look", "description": "everywhere"}, expect=["questions: "]),
        tool("TaskCreate", {"subject": "Mend"}, expect=["Task 1 is in the list: Look"]),
        tool("TaskUpdate", {"taskId": "2", "addBlockedBy": ["1"], "owner": "me"}),
        tool("TaskUpdate", {"taskId": "1", "addBlockedBy": ["2"]}),
        tool("TaskList", {}, expect=["a task would have to come before itself"]),
        text("done", expect=["2. [ ] Mend (by me; after 1)"]),
    )
    done = world.run("-p", "go")
    assert (done.returncode, done.stdout) == (0, b"done\n"), told(done)
    assert world.run("replay", "@last").returncode == 0


def test_what_else_is_kept_with_a_task_is_merged_key_by_key(world: World) -> None:
    """As in Claude Code: null takes a key out, the others stay; a list written anew keeps it, too."""
    kept = {"pr": 7, "where": {"z": ["ü", None], "a": 1.5}, "gone": True}
    changed = {"taskId": "1", "metadata": {"gone": None, "pr": 8, "new": "x"}}
    world.serve(
        tool("ToolSearch", {"query": "select:TaskCreate,TaskUpdate,TaskGet"}),
        tool("TaskCreate", {"subject": "Mend", "description": "soon", "metadata": kept}),
        tool("TaskUpdate", changed, expect=["Task 1 is in the list: Mend"]),
        tool("TaskUpdate", {"taskId": "1", "metadata": [1]}),
        tool(
            "TodoWrite", {"todos": [todo("Mend", "in_progress")]}, expect=["Invalid arguments for TaskUpdate: metadata"]
        ),
        tool("TaskGet", {"taskId": "1"}),
        text("done", expect=['metadata: {\\"new\\":\\"x\\",\\"pr\\":8,\\"where\\":{\\"a\\":1.5,']),
    )
    done = world.run("-p", "go")
    assert (done.returncode, done.stdout) == (0, b"done\n"), told(done)
    last = [one["data"] for one in world.events() if one["kind"] == "task.updated"][-1]["tasks"][0]
    assert last["metadata"] == {"pr": 8, "new": "x", "where": {"z": ["ü", None], "a": 1.5}}
    assert world.run("replay", "@last").returncode == 0


def test_what_is_under_way_and_next_stands_below_while_claw_works(
    world: World, terminal: Callable[..., Terminal]
) -> None:
    listed = [
        {"content": "Look", "status": "completed", "activeForm": "Looking"},
        {"content": "Cook", "status": "in_progress", "activeForm": "Cooking"},
        *({"content": f"Serve {number}", "status": "pending", "activeForm": "Serving"} for number in range(4)),
    ]
    world.serve(
        tool("TodoWrite", {"todos": listed}),
        tool("Bash", {"command": "until [ -e sign ]; do sleep 0.05; done"}),
        text("Done."),
    )
    opened = ready(terminal("--allowed-tools", "Bash"))
    opened.enter("Dinner.")
    screen = opened.wait("1 of 6 done, 2 more to do", "Cooking")
    assert "Serve 3" not in screen.rpartition("1 of 6 done")[2]
    (world.workspace / "sign").touch()
    opened.wait("● Done.")
    opened.wait_gone("1 of 6 done, 2 more to do")
    opened.enter("/quit")
    assert opened.exit_code() == 0
