"""A model that asks for what cannot be done is told so, and the session goes on."""

from __future__ import annotations

import os
from typing import Any

import pytest

from claw.events.content import ToolResultBlock
from claw.events.results import in_words
from claw.log import read
from claw.projections.state import INITIAL, fold_all
from claw.replay import replay
from tests.bad_input.complaint import is_content
from tests.cli.live.world import World, text, tool


def asked(name: str, arguments: Any) -> dict[str, Any]:
    return {"blocks": [{"type": "tool", "name": name, "arguments": arguments}]}


ASKED: list[tuple[str, dict[str, Any], str]] = [
    ("no JSON", asked("Bash", '{"command": "ls'), "arguments are not valid"),
    ("a key twice", asked("Bash", '{"command": "ls", "command": "rm x"}'), "arguments are not valid"),
    ("a lone surrogate", asked("Bash", '{"command": "\\ud800"}'), "arguments are not valid"),
    ("a number too large", asked("Bash", '{"command": "ls", "timeout": 1e999}'), "arguments are not valid"),
    ("not an object", asked("Bash", "[1]"), "arguments are not valid"),
    ("trailing text", asked("Bash", '{"command": "ls"} and more'), "arguments are not valid"),
    ("deep nesting", asked("Bash", '{"command": ' + "[" * 500 + "]" * 500 + "}"), "arguments are not valid"),
    ("an argument missing", asked("Bash", {}), "command"),
    ("an argument of another type", asked("Bash", {"command": ["ls"]}), "command"),
    ("an argument too many", asked("Bash", {"command": "ls", "sudo": True}), "sudo"),
    ("a timeout below zero", asked("Bash", {"command": "ls", "timeout": -1}), "timeout"),
    ("a NUL in a command", asked("Bash", {"command": "echo \0"}), "NUL"),
    ("a NUL in a path", asked("Read", {"file_path": "a\0b"}), ""),
    ("an endless name", asked("Read", {"file_path": "a" * 100_000}), ""),
    ("an unknown tool", asked("Format_C", {}), "no tool 'Format_C'"),
    ("a file that is not there", asked("Read", {"file_path": "nothing.txt"}), "nothing.txt"),
    ("a folder to read", asked("Read", {"file_path": "."}), "folder"),
    ("a file without an end", asked("Read", {"file_path": "/dev/zero"}), "/dev/zero"),
    ("a pipe", asked("Read", {"file_path": "pipe"}), "FIFO"),
    ("a huge file to edit", asked("Edit", {"file_path": "huge", "old_string": "a", "new_string": "b"}), "huge"),
    ("a pattern that is none", asked("Grep", {"pattern": "(("}), "(("),
    ("a place that cannot be written", asked("Write", {"file_path": "/proc/x/y", "content": ""}), ""),
]


@pytest.fixture(scope="module")
def told_the_model(tmp_path_factory: pytest.TempPathFactory) -> list[ToolResultBlock]:
    """What one session, in which the model asks for all of it in turn, has told the model in the end."""
    world = World(tmp_path_factory.mktemp("asked"))
    with open(world.workspace / "huge", "wb") as huge:
        huge.truncate(3 << 30)
    os.mkfifo(world.workspace / "pipe")
    world.serve(*(reply for _, reply, _ in ASKED), text("Done."))
    is_content(world.run("-p", "hi", "--permission-mode", "bypassPermissions"))
    world.close()
    session = str(world.claw_home / "sessions" / world.sessions()[0])
    assert replay(session).ok
    entries = fold_all(INITIAL, read(session)).main.conversation.entries
    return [block for entry in entries for block in entry.blocks if isinstance(block, ToolResultBlock)]


@pytest.mark.parametrize("number", range(len(ASKED)), ids=[name for name, _, _ in ASKED])
def test_the_model_is_told(told_the_model: list[ToolResultBlock], number: int) -> None:
    assert len(told_the_model) == len(ASKED)
    result, words = told_the_model[number], ASKED[number][2]
    assert result.is_error
    assert words in in_words(result.content, str)


def test_a_binary_file_is_only_named(world: World) -> None:
    (world.workspace / "binary").write_bytes(bytes(range(256)) * 64)
    world.serve(tool("Read", {"file_path": "binary"}), {**text("Done."), "expect": ["binary data", "is not shown"]})
    is_content(world.run("-p", "hi"))


def test_a_huge_file_is_read_in_part(world: World) -> None:
    with open(world.workspace / "huge.txt", "wb") as huge:
        huge.write(b"the first line\n" * 50_000)
        huge.truncate(3 << 30)
    world.serve(tool("Read", {"file_path": "huge.txt", "limit": 3}), {**text("Done."), "expect": ["the first line"]})
    is_content(world.run("-p", "hi"))


def test_names_that_are_not_utf_8(world: World) -> None:
    with open(os.fsencode(world.workspace) + b"/caf\xe9.txt", "wb") as file:
        file.write(b"needle \xff\n")
    world.serve(
        tool("Glob", {"pattern": "*.txt"}),
        tool("Grep", {"pattern": "needle", "path": "."}),
        tool("Bash", {"command": "ls; cat *.txt"}),
        {**text("Done."), "expect": ["caf"]},
    )
    is_content(world.run("-p", "hi", "--permission-mode", "bypassPermissions"))
    assert world.run("replay", "@last").returncode == 0
