"""The line below the input that a program of the person's writes."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from claw.cli.terminal.status_line import LINES, drawn
from tests.cli.live.tmux import Terminal, answer, ready
from tests.cli.live.world import World, text, tool

Start = Callable[..., Terminal]


def program(world: World, script: str, *, below: str = "home", **more: Any) -> Path:
    """A script, and settings that name it."""
    folder = (world.home if below == "home" else world.workspace) / ".claude"
    folder.mkdir(exist_ok=True)
    path = folder / "line.sh"
    path.write_text(f"#!/bin/bash\n{script}\n")
    path.chmod(0o755)
    command = "~/.claude/line.sh" if below == "home" else ".claude/line.sh"
    (folder / "settings.json").write_text(json.dumps({"statusLine": {"type": "command", "command": command, **more}}))
    return path


def told(world: World) -> dict[str, Any]:
    """What the program has read last."""
    read: dict[str, Any] = json.loads((world.home / "told.json").read_text())
    return read


KEEP = 'cat >"$HOME/told.new" && mv "$HOME/told.new" "$HOME/told.json"'


def test_a_program_writes_the_line_and_writes_it_again_when_something_has_changed(
    world: World, terminal: Start
) -> None:
    world.serve(tool("Write", {"file_path": "a.txt", "content": "one\ntwo\n"}), text("Done."))
    program(world, f'{KEEP}; printf "\\033[35mline %s\\033[0m of $COLUMNS\\nsecond" "$(wc -l <"$0")"', padding=2)
    opened = ready(terminal())
    opened.wait("  line 2 of 100", "  second")
    assert "\x1b[35mline 2" in opened.styled()
    opened.enter("Write it.")
    answer(opened, "Yes, this once")
    opened.wait("● Done.")
    opened._until(lambda _: told(world)["cost"]["total_lines_added"] == 2, "lines that were added")
    opened._until(lambda _: told(world)["context_window"]["current_usage"]["output_tokens"] > 0, "tokens")
    said = told(world)
    assert said["session_id"] == world.sessions()[0]
    assert said["cwd"] == said["workspace"]["current_dir"] == str(world.workspace)
    assert said["model"]["id"] == said["model"]["display_name"] == "claude-sonnet-5-5"
    assert said["cost"]["total_lines_removed"] == 0
    assert said["cost"]["total_duration_ms"] >= said["cost"]["total_api_duration_ms"] > 0
    window = said["context_window"]
    assert window["used_percentage"] + window["remaining_percentage"] == 100
    assert window["total_input_tokens"] > 0


def test_a_program_that_hangs_costs_nothing_and_is_killed_with_all_it_started(world: World, terminal: Start) -> None:
    world.serve(text("Hello."))
    program(world, "sleep 98765 & sleep 98765")
    opened = ready(terminal())
    opened.enter("Say hello.")
    opened.wait("● Hello.")
    opened.wait("settings.json:1: the status line took longer than 5 s and was killed.")
    opened.enter("/quit")
    assert opened.exit_code() == 0
    assert not left("98765"), "all that it has started is gone"


def test_claw_leaves_while_a_program_hangs(world: World, terminal: Start) -> None:
    world.serve()
    program(world, "trap '' TERM INT HUP; touch begun; sleep 98764 & sleep 98764")
    opened = ready(terminal())
    opened._until(lambda _: (world.workspace / "begun").exists(), "its beginning")
    opened.enter("/quit")
    assert opened.exit_code() == 0
    assert not left("98764")


@pytest.mark.parametrize("script", ["echo nothing; exit 1", "true", "echo; echo", "exec /nowhere/at/all"])
def test_one_that_fails_or_says_nothing_shows_nothing(world: World, terminal: Start, script: str) -> None:
    world.serve(text("Hello."))
    program(world, f"{KEEP}\n{script}")
    opened = ready(terminal())
    opened.enter("Say hello.")
    opened.wait("● Hello.")
    opened._until(lambda _: (world.home / "told.json").exists(), "the program")
    assert "nothing" not in opened.in_sight()
    assert under(opened).startswith(">")


def test_what_it_writes_is_bounded_and_nothing_that_a_terminal_obeys(world: World, terminal: Start) -> None:
    world.serve()
    program(world, r"printf 'a\033]0;title\007b\033[2Jc\033[10;10Hd\000\342\200\256e\n'; yes f | head -c 30000000")
    opened = ready(terminal())
    opened.wait("abcd␀<U+202E>e", "f\nf\n")
    assert "title" not in opened.screen()


def test_a_secret_of_claws_is_neither_given_nor_shown(world: World, terminal: Start) -> None:
    world.serve()
    program(world, 'echo "key=${ANTHROPIC_API_KEY:-none} $(cat <<<"sk-ant-test-""0123456789abcdef")"')
    opened = ready(terminal())
    screen = opened.wait("key=none")
    assert "0123456789abcdef" not in screen


def test_a_repositorys_program_runs_once_it_is_trusted_and_not_when_it_has_changed(
    world: World, terminal: Start
) -> None:
    world.serve()
    path = program(world, "touch ran; echo from the repository", below="work")
    opened = terminal()
    opened.wait("status line  .claude/line.sh", "file run by a status line", "Trust just this?", "Press a key")
    opened.press("n")
    ready(opened)
    opened.enter("/quit")
    assert opened.exit_code() == 0
    assert not (world.workspace / "ran").exists()
    world.run("permissions", "revoke", "--trust")
    opened = terminal()
    opened.wait("Trust just this?", "Press a key")
    opened.press("y")
    opened.wait("from the repository")
    path.write_text("#!/bin/bash\ntouch worse; echo worse\n")
    opened.enter("/rename other")
    opened.wait("The status line `.claude/line.sh` did not run", "has changed since it was trusted")
    assert not (world.workspace / "worse").exists()


def test_one_that_may_run_anything_here_is_confined_once_files_have_changed(world: World, terminal: Start) -> None:
    """As a hook is: it goes on, and writes nothing here any more."""
    world.serve(tool("Write", {"file_path": "a.txt", "content": "one\n"}), text("Done."))
    (world.home / ".claude").mkdir()
    command = 'echo "$(touch "made$(date +%N)" && echo wrote || echo was refused) here"'
    (world.home / ".claude" / "settings.json").write_text(json.dumps({"statusLine": {"command": command}}))
    opened = ready(terminal())
    opened._until(lambda _: under(opened) == "wrote here", "the line")
    opened.enter("Write it.")
    answer(opened, "Yes, this once")
    opened.wait("● Done.")
    opened._until(lambda _: under(opened) == "was refused here", "the line of a confined run")


def test_one_is_taken_and_ended_by_the_person(world: World, terminal: Start) -> None:
    world.serve(text("I have made it."))
    opened = ready(terminal())
    opened.enter("/statusline use echo my own line")
    opened.wait("saved in ~/.claude/settings.json; echo my own line writes the line")
    opened._until(lambda _: under(opened) == "my own line", "the line")
    settings = world.home / ".claude" / "settings.json"
    assert json.loads(settings.read_text()) == {"statusLine": {"type": "command", "command": "echo my own line"}}
    opened.enter("/statusline off")
    opened.wait("no status line of your own")
    opened._until(lambda _: under(opened).startswith(">"), "no line")
    assert json.loads(settings.read_text()) == {}
    opened.enter("/statusline the time of day")
    opened.wait("● I have made it.")
    request = next(event for event in world.events() if event["kind"] == "input.received")
    assert request["data"]["text"] == "/statusline the time of day"
    assert "/statusline use ~/.claude/statusline.sh" in json.dumps(request["data"]["command"])


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("a text", "statusLine is no object"),
        ({"type": "web", "command": "x"}, "claw has no statusLine of type 'web'"),
        ({"command": ""}, "has no command that can be run"),
        ({"command": "echo it runs", "padding": -1}, "the padding is a number from 0 to 20, not -1"),
        ({"command": "echo it runs", "colour": 1}, "claw does not know colour of a statusLine"),
    ],
)
def test_what_cannot_be_meant_is_said(world: World, terminal: Start, setting: object, said: str) -> None:
    world.serve()
    (world.home / ".claude").mkdir()
    (world.home / ".claude" / "settings.json").write_text(json.dumps({"statusLine": setting}))
    opened = ready(terminal())
    opened.wait("settings.json:1: ", said)
    if "runs" in str(setting):
        opened.wait("it runs")


def test_nobody_runs_it_where_nobody_looks(world: World) -> None:
    world.serve(text("Hello."))
    program(world, "touch ran")
    assert world.run("-p", "Say hello.").returncode == 0
    assert not (world.workspace / "ran").exists()


def test_a_line_is_cut_at_the_width_and_lines_at_three() -> None:
    lines = drawn("\n".join(f"{number} " + "x" * 5_000 for number in range(10)), 1)
    assert len(lines) == LINES
    assert all(len(line) <= 2_001 for line in lines)


def under(opened: Terminal) -> str:
    """The line above claw's own last one."""
    return opened.in_sight().rstrip().splitlines()[-2].rstrip()


def left(argument: str) -> list[str]:
    """Processes that have this argument."""
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    return [line for line in listed.splitlines() if line == f"sleep {argument}"]


def test_the_measure_finds_a_process_that_is_left() -> None:
    process = subprocess.Popen(["sleep", "98763"])
    try:
        os.kill(process.pid, 0)
        assert left("98763")
    finally:
        process.kill()
        process.wait()
