"""Protected files that did not exist before a command are set aside after it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from claw import _native
from claw.errors import ToolError
from tests.native.confined import Box

ABSENT = [".git", ".git/hooks", ".git/config", ".mcp.json", ".claude/settings.json"]


def after(box: Box, line: str) -> list[tuple[str, str | None]]:
    """What appeared by this command, as from the workspace and the shelf."""
    status, output = box.run(line, env={"PATH": "/usr/bin:/bin"})
    assert status == 0, output
    absent = [str(box.workspace / path) for path in ABSENT]
    shelf = box.folder / "shelf"
    found = _native.appeared(str(box.workspace), absent, str(shelf))
    return [
        (os.path.relpath(path, box.workspace), None if moved is None else os.path.relpath(moved, shelf))
        for path, moved in found
    ]


def test_settings_that_a_command_wrote_are_not_there_afterwards(box: Box) -> None:
    line = "echo evil > .mcp.json; mkdir .claude; echo evil > .claude/settings.json"
    assert after(box, line) == [(".mcp.json", "0-.mcp.json"), (".claude/settings.json", "0-settings.json")]
    assert [path.name for path in box.workspace.iterdir()] == [".claude"]
    assert (box.folder / "shelf/0-settings.json").read_text() == "evil\n"


def test_a_new_repository_stays(box: Box) -> None:
    assert after(box, "git init -q . && git config user.name a") == [(".git", None)]
    assert (box.workspace / ".git/config").exists()


def test_but_not_what_would_run_in_it(box: Box) -> None:
    line = "git init -q . && git config core.fsmonitor ./evil && echo evil > .git/hooks/pre-commit"
    assert after(box, line) == [(".git", None), (".git/config", "0-config"), (".git/hooks", "0-hooks")]


def test_without_anything_new(box: Box) -> None:
    assert after(box, "echo x > file") == []
    assert not (box.folder / "shelf").exists()


def test_what_cannot_be_moved_is_an_error(box: Box, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    box.put("workspace/.mcp.json")
    with pytest.raises(ToolError, match="cannot set aside"):
        _native.appeared(str(box.workspace), [str(box.workspace / ".mcp.json")], str(tmp_path / "file"))
