"""Language servers as people have them: what an edit breaks stands in its result, and code is asked about."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from claw import _native
from claw.log import Home
from tests.cli.live.tmux import Terminal, ready
from tests.cli.live.world import World, text, told, tool
from tests.toolbox.odd_language_server import SOURCE

EDITS = ("--permission-mode", "acceptEdits")
ODD = {"command": sys.executable, "args": ["-c", SOURCE, "pull"], "extensions": [".odd"]}
NEW = "<new-diagnostics>The following new diagnostic issues were detected:"


@pytest.fixture
def world(world: World) -> World:
    del world.environ["CLAW_LANGUAGE_SERVERS"]
    return world


def settings(folder: Path, servers: Any) -> None:
    (folder / ".claude").mkdir(exist_ok=True)
    (folder / ".claude/settings.json").write_text(json.dumps({"languageServers": servers}))


def of(world: World, kind: str) -> list[dict[str, Any]]:
    return [event["data"] for event in world.events() if event["kind"] == kind]


def nothing_runs(world: World) -> bool:
    """What the last session has started is gone."""
    path = Home(world.claw_home).session_path(world.sessions()[-1])
    return _native.wait_guard(str(path / "tools.lock"), 60)


def replays(world: World) -> None:
    assert nothing_runs(world)
    for command in ("verify", "replay"):
        done = world.run(command, "@last")
        assert done.returncode == 0, told(done)


def test_what_an_edit_breaks_is_told_with_it_and_a_model_asks_what_code_means(world: World) -> None:
    (world.workspace / "shapes.py").write_text("def area(width: int, height: int) -> int:\n    return width * height\n")
    (world.workspace / "main.py").write_text("from shapes import area\n\nprint(area(2, 3))\n")
    patch = "*** Begin Patch\n*** Update File: main.py\n@@\n-print(size)\n+print(area(4, 5), size)\n"
    patch += "*** Add File: more.py\n+import nothing_of_that_name\n*** End Patch"
    edits = [{"old_string": "4, 5", "new_string": "4, 'five'"}, {"old_string": "size", "new_string": "1"}]
    position = {"filePath": "main.py", "line": 3, "character": 8}
    world.serve(
        tool("Read", {"file_path": "main.py"}),
        tool("Edit", {"file_path": "main.py", "old_string": "area(2, 3)", "new_string": "size"}),
        {
            **tool("Bash", {"command": "sed -i 's/height: int)/height: int, depth: int = 1)/' shapes.py"}),
            "expect": [
                NEW,
                'main.py:\\n  ✘ [Line 3:7] \\"size\\" is not defined [reportUndefinedVariable] (basedpyright)',
            ],
        },
        tool("apply_patch", {"input": patch}),
        {
            **tool("MultiEdit", {"file_path": "main.py", "edits": edits}),
            "expect": ['more.py:\\n  ✘ [Line 1:8] Import \\"nothing_of_that_name\\" could not be resolved'],
        },
        {
            **tool("ToolSearch", {"query": "select:LSP"}),
            "expect": ["✘ [Line 3:15] Argument of type \\\"Literal['five']\\\" cannot be assigned to parameter"],
        },
        {**tool("LSP", {"operation": "goToDefinition", **position}), "expect": ["1 tool found"]},
        {**tool("LSP", {"operation": "hover", **position}), "expect": ["Defined in shapes.py:1:5"]},
        {
            **tool("LSP", {"operation": "findReferences", **position, "filePath": "main.py"}),
            "expect": ["(function) def area(", "depth: int = 1"],
        },
        {
            **tool("LSP", {"operation": "documentSymbol", "filePath": "shapes.py", "line": 1, "character": 1}),
            "expect": ["across 2 files"],
        },
        {
            **tool("Write", {"file_path": "new.py", "content": "from shapes import area\n\narea(1, 2, 3)\n"}),
            "expect": ["area (Function) - Line 1:5"],
        },
        {**text("Done."), "expect": ["Created new.py (3 lines)"]},
    )
    (world.home / ".claude").mkdir()
    (world.home / ".claude/settings.json").write_text(json.dumps({"permissions": {"allow": ["Bash(sed:*)"]}}))
    done = world.run("-p", "Go.", *EDITS)
    assert (done.returncode, done.stdout.decode().strip()) == (0, "Done."), told(done)
    results = ["".join(block["text"] for block in one["content"]) for one in of(world, "tool.finished")]
    assert [NEW in result for result in results] == [False, True, False, True, True, *[False] * 5]
    assert "main.py:" not in results[3].split(NEW)[1], "that it was undefined is not new"
    assert [piece["text"] for piece in of(world, "tool.output")] == [
        "Starting basedpyright: basedpyright-langserver --stdio\n"
    ]
    started = next(event for event in world.events() if event["kind"] == "tool.output")
    assert world.events()[started["data"]["call"]]["kind"] == "tool.started", "the call's intent is before it"
    replays(world)


REAL = [
    (
        "typescript-language-server",
        "shapes.ts",
        "export function area(w: number): number {\n  return w\n}\n",
        "w + nothing",
    ),
    ("rust-analyzer", "src/lib.rs", "pub fn area(w: u32) -> u32 {\n    w\n}\n", "w + nothing"),
]
"""Servers that only some have: what they know of a function, and an edit that breaks it."""


@pytest.mark.parametrize(("server", "name", "code", "broken"), REAL, ids=[one[0] for one in REAL])
def test_other_servers_where_they_are_installed(world: World, server: str, name: str, code: str, broken: str) -> None:
    path = shutil.which(server)
    if path is None or subprocess.run([path, "--version"], capture_output=True, check=False).returncode:
        pytest.skip(f"{server} is not installed")
    world.environ["PATH"] += f":{Path(path).parent}"
    (world.workspace / "src").mkdir()
    (world.workspace / "Cargo.toml").write_text('[package]\nname = "shapes"\nversion = "0.1.0"\nedition = "2021"\n')
    (world.workspace / name).write_text(code)
    last = code.splitlines()[1].strip()
    symbol = {"operation": "hover", "filePath": name, "line": 1, "character": code.index("area") + 2}
    world.serve(
        tool("Read", {"file_path": name}),
        tool("ToolSearch", {"query": "select:LSP"}),
        tool("LSP", {"operation": "documentSymbol", "filePath": name}),
        {**tool("LSP", symbol), "expect": ["area (Function) - Line 1:"]},
        {
            **tool("Edit", {"file_path": name, "old_string": last, "new_string": last.replace("w", broken)}),
            "expect": ["Hover info at 1:"],
        },
        text("Done."),
    )
    done = world.run("-p", "Go.", *EDITS)
    assert done.returncode == 0, told(done)
    *_, edit = of(world, "tool.finished")
    assert "nothing" in edit["content"][-1]["text"].partition(NEW)[2], edit
    replays(world)


@pytest.mark.parametrize("model", ["openai/gpt-5.1", "openai-chat/some-coder"])
def test_models_of_other_services_are_told_too(world: World, model: str) -> None:
    settings(world.home, {"odd": ODD})
    world.serve(
        tool("Write", {"file_path": "a.odd", "content": "fine\n bad\n"}),
        {**text("Done."), "expect": ["Created a.odd (2 lines)", "✘ [Line 2:2] this is bad [word] (odd)"]},
    )
    environ = {"OPENAI_BASE_URL": f"{world.environ['ANTHROPIC_BASE_URL']}/v1", "OPENAI_API_KEY": "sk-test"}
    done = world.run("-p", "Go.", "--model", model, *EDITS, **environ)
    assert (done.returncode, done.stdout.decode().strip()) == (0, "Done."), told(done)
    replays(world)


def test_a_person_sees_it_and_a_server_that_fails_is_done_without(
    world: World, terminal: Callable[..., Terminal]
) -> None:
    settings(world.home, {"odd": ODD})
    world.serve(
        tool("Write", {"file_path": "a.odd", "content": "fine\nbad\n"}),
        {**tool("Write", {"file_path": "b.odd", "content": "dies\n"}), "expect": ["✘ [Line 2:1] this is bad"]},
        {**tool("Write", {"file_path": "c.odd", "content": "dies\n"}), "expect": ["[odd has failed: it ended"]},
        {**tool("Write", {"file_path": "d.odd", "content": "bad\n"}), "expect": ["[odd has failed: it ended"]},
        {**text("All are written."), "expect": ["[odd has ended 2 times and is not started again in this session"]},
        text("Still here."),
    )
    opened = ready(terminal(*EDITS))
    opened.enter("Write them.")
    screen = opened.wait("All are written.")
    for shown in ("✘ [Line 2:1] this is bad [word] (odd)", "[odd has failed: it ended (exit status 101; thread 'main'"):
        assert shown in screen, shown
    opened.enter("Are you there?")
    opened.wait("Still here.")
    opened.enter("/quit")
    assert opened.exit_code() == 0
    assert sorted(os.listdir(world.workspace)) == ["a.odd", "b.odd", "c.odd", "d.odd"]
    replays(world)


def test_a_server_dies_with_claw(world: World, terminal: Callable[..., Terminal]) -> None:
    settings(world.home, {"odd": ODD})
    world.serve(tool("Write", {"file_path": "a.odd", "content": "bad\n"}), text("Written."), text("Back."))
    opened = ready(terminal(*EDITS))
    opened.enter("Write it.")
    opened.wait("Written.")
    path = Home(world.claw_home).session_path(world.sessions()[-1])
    assert not _native.wait_guard(str(path / "tools.lock"), 0), "it runs"
    os.kill(opened.pid, signal.SIGKILL)
    replays(world)


@pytest.mark.parametrize("by", ["a repository that is not trusted", "one that is", "the user's no", "the variable"])
def test_who_may_bring_a_server_and_who_may_switch_it_off(world: World, by: str) -> None:
    write = tool("Write", {"file_path": "a.odd", "content": "bad\n"})
    world.serve(write, text("Done."))
    settings(world.workspace, {"odd": ODD})
    more: dict[str, str] = {}
    if by == "the user's no":
        settings(world.home, False)
    if by == "the variable":
        more = {"CLAW_LANGUAGE_SERVERS": "off"}
    trust = () if by == "a repository that is not trusted" else ("--trust",)
    done = world.run("-p", "Go.", *EDITS, *trust, **more)
    assert done.returncode == 0, told(done)
    (result,) = of(world, "tool.finished")
    assert (NEW in result["content"][-1]["text"]) == (by == "one that is")
    if not trust:
        listed = world.run("permissions", "list").stdout.decode()
        assert "language server odd: " in listed


def test_a_program_that_lies_in_the_workspace_is_not_run(world: World) -> None:
    folder = world.workspace / ".venv/bin"
    folder.mkdir(parents=True)
    for name in ("basedpyright-langserver", "pyright-langserver"):
        (folder / name).write_text(f"#!/bin/sh\ntouch {world.workspace}/ran\n")
        (folder / name).chmod(0o755)
    world.serve(tool("Write", {"file_path": "a.py", "content": "x: int = ''\n"}), text("Done."))
    done = world.run("-p", "Go.", *EDITS, PATH=f"{folder}:/usr/bin:/bin")
    assert done.returncode == 0, told(done)
    assert of(world, "tool.output") == []
    assert not (world.workspace / "ran").exists()
    doctor = world.run("doctor", PATH=f"{folder}:/usr/bin:/bin").stdout.decode()
    assert "not on PATH: basedpyright, pyright" in doctor
