"""What a confined command hides is set aside all the same, for root and for an ordinary user."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from claw.execution.context import ToolContext
from claw.execution.denials import Bounds
from claw.execution.quarantine import kept, settled
from tests.native.confined import Box, forked, give, perform


def set_aside(box: Box, command: str, before: str = "") -> tuple[str, list[str]]:
    """What is said once a confined command has ended, and what there is in the workspace: modes and paths."""
    subprocess.run(["/bin/bash", "-c", before], cwd=box.workspace, check=True)

    def act() -> Any:
        context = ToolContext(str(box.workspace), str(box.home), str(box.claw), str(box.folder / "guard"), {}, ())
        before = kept(context, frozenset())
        path = {"PATH": "/usr/bin:/bin"}
        confinement = box.confinement(protected=sorted(before.protected))
        request = {"line": command, "cwd": context.workspace, "env": path, "guard": context.guard}
        assert perform({**request, "confinement": confinement}) == (0, "")
        return settled(Bounds(writable=True, protected=before.protected, closed=before.closed), context)

    if box.uid is None:
        note = act()
    else:
        give(box.folder, box.uid)
        note = forked(act, box.uid)
    found = "find . -mindepth 1 -printf '%m %P\\n' | sort -k 2"
    there = subprocess.run(["/bin/bash", "-c", found], cwd=box.workspace, capture_output=True, text=True, check=True)
    return note, there.stdout.splitlines()


def test_in_a_folder_that_cannot_be_written_to(box: Box) -> None:
    note, there = set_aside(box, "mkdir sub && touch sub/.envrc && chmod 600 sub/.envrc && chmod 555 sub")
    assert "sub/.envrc → .envrc.set-aside" in note
    assert there == ["555 sub", "600 sub/.envrc.set-aside"]


@pytest.mark.parametrize("mode", ["311", "444", "000"])
def test_in_folders_that_cannot_be_looked_into(box: Box, mode: str) -> None:
    note, there = set_aside(
        box,
        "mkdir -p sub/deep/.git/hooks && touch sub/.envrc sub/deep/.git/hooks/pre-commit"
        f" && chmod {mode} sub/deep/.git sub/deep sub",
    )
    assert "sub/.envrc → .envrc.set-aside" in note
    assert "sub/deep/.git/hooks → hooks.set-aside" in note
    assert [line for line in there if line.endswith((".envrc", "/hooks"))] == []


def test_a_folder_that_was_closed_before_stays_closed(box: Box) -> None:
    before = "mkdir own && touch own/.envrc && chmod 600 own/.envrc && chmod 000 own"
    note, there = set_aside(box, "true", before)
    assert (note, there) == ("", ["0 own", "600 own/.envrc"])


def test_very_many_files_hide_nothing(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    for number in range(50_001):
        os.mknod(tmp_path / f"a/{number}")
    (tmp_path / "z/in").mkdir(parents=True)
    (tmp_path / "z/in/.envrc").touch()
    context = ToolContext(str(tmp_path), "/nowhere", "/nowhere", "", {}, ())
    assert kept(context, frozenset()) == (frozenset([str(tmp_path / "z/in/.envrc")]), frozenset(), frozenset())
