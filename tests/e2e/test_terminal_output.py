"""What a person sees of calls, output of commands and thoughts: folded while it comes and afterwards, at any width."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest

from claw.cli.terminal.arriving import Arriving
from claw.events.tools import Shown
from tests.cli.live.tmux import Terminal, ready
from tests.cli.live.world import World, text, tool

Start = Callable[..., Terminal]
DIALECTS = {"anthropic": "anthropic/claude-sonnet-5-5", "responses": "openai/gpt-5.1", "chat": "openai-chat/some"}
WRITE = Shown(line="file_path", added="content")


def wired(world: World, dialect: str) -> tuple[tuple[str, ...], dict[str, str]]:
    """Flags and environment with which the scripted server is asked in this dialect."""
    url = world.environ["ANTHROPIC_BASE_URL"]
    more = {} if dialect == "anthropic" else {"OPENAI_BASE_URL": f"{url}/v1", "OPENAI_API_KEY": "sk-test"}
    return ("--model", DIALECTS[dialect]), more


@pytest.mark.parametrize("dialect", DIALECTS)
def test_arguments_are_shown_while_they_stream(world: World, terminal: Start, dialect: str) -> None:
    """The server stops in the middle of them: what has come is seen, and grows no more."""
    pieces = ['{"file_', 'path": "no\\u001b', '[2Jtes.md", "con', 'tent": "', *["some more words "] * 40]
    hanging = [{"type": "break", "how": "hang", "after": 36}]
    world.serve({"blocks": [{"type": "tool", "name": "Write", "arguments": pieces}], "faults": hanging})
    flags, environ = wired(world, dialect)
    opened = terminal(*flags, columns=60, rows=24, **environ)
    opened.wait("/help")
    opened.enter("write")
    screen = opened.wait("● Write(no␛[2Jtes.md) ")
    assert re.search(r"Write\(no␛\[2Jtes\.md\) [1-9][0-9]* B", screen), screen
    opened.press("Escape")
    opened.wait_idle()
    assert not (world.workspace / "notes.md").exists()


def told(written: str, shown: Shown, size: int) -> list[str]:
    """What is told of these arguments, which come in pieces of so many characters, after each of them."""
    arriving = Arriving("Write", shown)
    said = []
    for at in range(0, len(written), size):
        arriving.take(written[at : at + size])
        said.append(arriving.told("…")[0])
    return said


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_what_tells_most_is_found_wherever_it_is_cut(size: int) -> None:
    name = 'a "b" \\ ü\U0001f600.md'
    written = json.dumps({"content": '"file_path": "not this"', "more": {"file_path": "nor this"}, "file_path": name})
    said = told(written, WRITE, size)
    assert said[-1] == f"Write({name})"
    assert not any("this" in one for one in said)
    assert all(one.startswith("Write(") for one in said)


@pytest.mark.parametrize(
    "written",
    ["", "no JSON", '{"', '{"file_path": "', '{"file_path": 12}', "[[[", "}}}", '{"file_path": "\\u12', '"\\'],
)
def test_what_is_no_json_is_only_counted(written: str) -> None:
    arriving = Arriving("Write", WRITE)
    arriving.take(written)
    said, size = arriving.told("…")
    assert re.fullmatch(r"Write\(.*…\)", said), said
    assert size == f"{len(written)} B"


def test_a_patch_tells_the_files_it_names() -> None:
    patch = "*** Begin Patch\n*** Update File: a.py\n@@\n-x\n+y\n*** Add File: b\u202e.py\n+z\n"
    said = told(json.dumps({"input": patch}), Shown(patch="input"), 5)
    assert said[-1] == "Write(a.py, b<U+202E>.py)"


def test_a_command_is_folded_to_the_end_of_its_output(world: World, terminal: Start) -> None:
    """While it runs, and afterwards; what failed shows more."""
    running = "seq 1 230; until [ -e sign ]; do sleep 0.01; done; seq 231 300"
    world.serve(
        tool("Bash", {"command": running}),
        tool("Bash", {"command": "seq 501 600; false"}),
        tool("Read", {"file_path": "lines"}),
        text("Done."),
    )
    (world.workspace / "lines").write_text("".join(f"row {number}\n" for number in range(1, 101)))
    opened = ready(terminal("--allowed-tools", "Bash", columns=60, rows=24))
    opened.enter("run")
    opened.wait("… 226 lines before", "    230")
    (world.workspace / "sign").touch()
    screen = opened.wait("Done.")
    assert re.search(r"⎿ … 296 lines before \(Ctrl-O\)\n +297\n +298\n +299\n +300\n", screen), screen
    assert re.search(r"\n +584\n(?:.*\n)+ +Exit code 1\n", screen), screen
    assert "row 3" in screen
    assert "row 90" not in screen


def test_one_endless_line_takes_no_more_room_than_others(world: World, terminal: Start) -> None:
    world.serve(tool("Bash", {"command": "printf 'x%.0s' $(seq 20000)"}), text("Done."))
    opened = ready(terminal("--allowed-tools", "Bash", columns=60, rows=24))
    opened.enter("run")
    screen = opened.wait("Done.")
    assert "the line begins before" in screen
    assert screen.count("xxxx\n") <= 6
    assert len(screen) < 4_000


def test_a_thought_is_seen_while_it_grows_and_folded_to_a_line(world: World, terminal: Start) -> None:
    thought = ["First this.\n", *["then that \x1b[2J "] * 50, "\nat last", *[" and more"] * 20]
    hanging = [{"type": "break", "how": "hang", "after": 64}]
    thinking = {"type": "thinking", "text": thought}
    world.serve({"blocks": [thinking, {"type": "text", "text": "Said."}], "faults": hanging})
    opened = ready(terminal(columns=60, rows=24))
    opened.enter("think")
    opened.wait("✻ ", "at last")
    assert "First this." not in opened.in_sight()
    opened.press("Escape")
    opened.wait_idle()
    world.serve({"blocks": [thinking, {"type": "text", "text": "Said."}]})
    again = ready(terminal(columns=60, rows=24))
    again.enter("think")
    screen = again.wait("● Said.")
    again.wait_idle()
    assert "✻ thought" in screen
    assert "then that" not in screen
