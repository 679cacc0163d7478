"""What a change of a file means for a hook that names it: one that runs it does not run any more, one that reads it
runs confined, and one that only speaks of it runs as before.
"""

from __future__ import annotations

import os

import pytest

from tests.handlers.test_hook import said, trusted
from tests.toolbox.world import World

pytestmark = pytest.mark.anyio

APPROVE = """'{"decision": "approve"}'"""
OUTSIDE = "touch ../out"
"""What a confined hook cannot do."""


def is_unconfined(world: World) -> bool:
    made = world.workspace.parent / "out"
    if made.exists():
        made.unlink()
        return True
    return False


SCRIPT = f"""#!/bin/bash
# don't mind README.md
if [[ "$1" == README.md ]]; then echo "README.md it is" >&2; fi
echo {APPROVE}
{OUTSIDE}
"""


@pytest.mark.parametrize(
    "command",
    [
        f"echo 'see README.md' >&2; {OUTSIDE}; echo {APPROVE}",
        f"[ -f README.md ] && {OUTSIDE}; echo {APPROVE} # README.md",
        f"test -f README.md || exit 2; {OUTSIDE}; echo {APPROVE} | tee README.md",
        f"python3 guard.py; {OUTSIDE}; echo {APPROVE}",
    ],
)
async def test_a_hook_runs_as_before_when_what_it_speaks_of_has_changed(world: World, command: str) -> None:
    for name in ("README.md", "other.py", "guard.py"):
        (world.workspace / name).write_text("import json\n")
    runs = trusted(world, command)
    (world.workspace / "README.md").write_text("another")
    (world.workspace / "other.py").write_text("import subprocess\n")
    (world.workspace / "data").mkdir()
    end = await said(world, command, runs=runs)
    assert (end.outcome, end.verdict, is_unconfined(world)) == ("answered", "allow", True), end


async def test_a_script_that_speaks_of_a_file_or_writes_a_log_is_not_held_back(world: World) -> None:
    (world.workspace / "README.md").write_text("x")
    (world.workspace / "x.sh").write_text(SCRIPT)
    command = 'echo "$(date) README.md" >>hook.log; bash x.sh'
    runs = trusted(world, command)
    assert ((await said(world, command, runs=runs)).outcome, is_unconfined(world)) == ("answered", True)
    (world.workspace / "README.md").write_text("another")
    end = await said(world, command, runs=runs)
    assert (end.outcome, end.verdict, end.exit) != ("unreadable", None, None), "it may run anything, so it is confined"
    assert not is_unconfined(world)
    assert len((world.workspace / "hook.log").read_text().splitlines()) == 2


@pytest.mark.parametrize("command", ["cat answer", "grep '' answer", "head -1 <answer", "jq . answer"])
async def test_a_hook_whose_answer_is_read_from_a_file_allows_nothing_once_that_has_changed(
    world: World, command: str
) -> None:
    answer = world.workspace / "answer"
    answer.write_text('{"decision": "approve"}\n')
    command = f"{command}; {OUTSIDE} 2>/dev/null; true"
    runs = trusted(world, command)
    (world.workspace / "other").write_text("x")
    end = await said(world, command, runs=runs)
    assert (end.verdict, is_unconfined(world)) == ("allow", True)
    answer.write_text('{"decision": "approve", "reason": "me"}\n')
    end = await said(world, command, runs=runs)
    assert (end.outcome, end.verdict, is_unconfined(world)) == ("answered", None, False)
    assert "me" in end.stdout


@pytest.mark.parametrize(
    ("command", "changed"),
    [
        ("cat x.sh | sh", "x.sh"),
        ("echo ./x.sh | xargs sh", "x.sh"),
        ('sh "$(echo x.sh)"', "x.sh"),
        ("npx --no-install tool x.sh", "x.sh"),
        ("uv run x.sh", "x.sh"),
        ("node -e 'require(\"./x.sh\")'", "x.sh"),
        ("python3 guard.py", "json.py"),
        ("python3 guard.py", "re/__init__.py"),
        ("echo hi # don't\nsh y.sh\necho it # isn't", "x.sh"),
    ],
)
async def test_what_may_run_does_not_run_once_it_is_another(world: World, command: str, changed: str) -> None:
    for name, text in (("x.sh", "true\n"), ("y.sh", ". ./x.sh\n"), ("guard.py", "import json\n")):
        (world.workspace / name).write_text(text)
    runs = trusted(world, command)
    path = world.workspace / changed
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{OUTSIDE}\n")
    end = await said(world, command, runs=runs)
    assert (end.outcome, end.exit) == ("unreadable", None)
    assert "did not run: what it runs has changed" in end.message


async def test_a_large_workspace_that_has_not_changed_holds_no_hook_back(world: World) -> None:
    package = world.workspace / "checks"
    package.mkdir()
    for number in range(5_100):
        (package / f"{number}.txt").touch()
    (package / "__init__.py").touch()
    (package / "a.py").write_text("open('../out', 'w')\n")
    runs = trusted(world, "python3 -m checks.a")
    for _ in range(2):
        await said(world, "python3 -m checks.a", "SessionStart", runs=runs)
        assert is_unconfined(world)
    state = (package / "7.txt").stat()
    (package / "7.txt").write_text("")
    os.utime(package / "7.txt", ns=(state.st_atime_ns, state.st_mtime_ns))
    await said(world, "python3 -m checks.a", "SessionStart", runs=runs)
    assert not is_unconfined(world), "the time of a change cannot be set back"
