"""A model that asks for what cannot be done is told so, and the session goes on."""

from __future__ import annotations

import os
from typing import Any

import pytest

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


@pytest.mark.parametrize(("reply", "words"), [entry[1:] for entry in ASKED], ids=[entry[0] for entry in ASKED])
def test_the_model_is_told(world: World, reply: dict[str, Any], words: str) -> None:
    with open(world.workspace / "huge", "wb") as huge:
        huge.truncate(3 << 30)
    os.mkfifo(world.workspace / "pipe")
    world.serve(reply, {**text("Done."), "expect": ['"is_error":true', *filter(None, [words])]})
    is_content(world.run("-p", "hi", "--permission-mode", "bypassPermissions"))
    kinds = world.kinds()
    assert kinds.count("tool.requested") == 1
    assert kinds[-1] == "session.ended"


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
