"""The session's own /tmp: commands and tools share it, it needs no question, and it goes with the process."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from claw import _native
from claw.execution.scratch import Scratch
from tests.toolbox.test_confining import is_there, run
from tests.toolbox.world import World

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(not _native.Confinement.available()["namespaces"], reason="no user namespaces here"),
]


@pytest.fixture
def scratch(world: World) -> Scratch:
    world.context.scratch = Scratch(str(world.root / "claw/tmp"))
    return world.context.scratch


async def test_what_a_command_leaves_in_tmp_the_next_one_finds_and_nobody_else(world: World, scratch: Scratch) -> None:
    name = f"{world.root.name}-of-claws-test"
    line = (
        f"echo kept > /tmp/{name}; mkdir /var/tmp/{name}; echo deep > /var/tmp/{name}/x; ln -s {name} /tmp/{name}-link"
    )
    assert (await run(world, line, writable=True)).finished.exit == 0
    said = await run(world, f"cat /tmp/{name} /var/tmp/{name}/x /tmp/{name}-link; ls -A ~; echo >> /tmp/{name}")
    assert said.text == "kept\ndeep\nkept"
    assert not any(is_there(f"{place}/{name}") for place in ("/tmp", "/var/tmp"))
    scratch.close()
    assert not os.listdir(world.root / "claw/tmp")
    assert (await run(world, f"cat /tmp/{name}")).finished.exit == 1


async def test_tools_for_files_see_what_commands_do(world: World, scratch: Scratch) -> None:
    name = f"{world.root.name}-of-claws-test"
    await run(world, f"echo one > /tmp/{name}; ln -s /tmp/{name} link; ln -s {name} /tmp/{name}-two", writable=True)
    for path in (f"/tmp/{name}", "link", f"/tmp/{name}-two", f"/usr/../tmp/./{name}"):
        (fact,) = await world.facts("Read", file_path=path)
        assert (fact.canonical, fact.scratch, fact.exists, fact.inside) == (f"/tmp/{name}", True, True, False)
        assert "one" in (await world.call("Read", file_path=path)).text
    assert (
        "Changed /tmp/" in (await world.call("Edit", file_path=f"/tmp/{name}", old_string="one", new_string="two")).text
    )
    assert "Created /tmp/" in (await world.call("Write", file_path=f"/tmp/{name}.d/new", content="two\n")).text
    assert (await run(world, f"cat /tmp/{name} /tmp/{name}.d/new")).text == "two\ntwo"
    assert (await world.call("Grep", pattern="two", path=f"/tmp/{name}.d")).text == f"/tmp/{name}.d/new"
    assert (await world.call("Glob", pattern="*", path=f"/tmp/{name}.d")).text == f"/tmp/{name}.d/new"
    assert not is_there(f"/tmp/{name}")


@pytest.fixture
def machine(world: World) -> Iterator[Path]:
    """A folder of the machine's /tmp, with a file."""
    folder = Path(f"/tmp/{world.root.name}-of-the-machine")
    folder.mkdir()
    (folder / "file").write_text("the machine's\n")
    yield folder
    shutil.rmtree(folder)


async def test_what_only_the_machine_has_is_outside_and_stays_as_it_is(
    world: World, scratch: Scratch, machine: Path
) -> None:
    file = machine / "file"
    for path in (file, machine / "new"):
        (fact,) = await world.facts("Read", file_path=str(path))
        assert (fact.scratch, fact.inside) == (False, False)
    assert "the machine's" not in (await run(world, f"cat {file}; echo x > {file}; true", writable=True)).text
    assert "the machine's" in (await run(world, f"cat {file}", opened=(str(file),))).text
    assert file.read_text() == "the machine's\n"
    assert not is_there(scratch.real(str(file))), "what it was mounted on is gone"


async def test_the_workspace_and_home_are_themselves_also_where_they_lie_in_tmp(world: World, scratch: Scratch) -> None:
    for path in (world.workspace / "x", world.home / "x", world.root / "claw/x", world.root):
        (fact,) = await world.facts("Read", file_path=str(path))
        assert not fact.scratch, path


KILLED = """import os, sys
from claw.execution.scratch import Scratch
root = Scratch(sys.argv[1]).make()
os.makedirs(root + "/tmp/a/b")
open(root + "/tmp/a/b/file", "w").close()
os.mkfifo(root + "/tmp/fifo")
os.symlink("/", root + "/tmp/link")
os.chmod(root + "/tmp/a/b", 0)
os.chmod(root + "/tmp/a", 0o500)
os.kill(os.getpid(), 9)
"""


def test_what_a_killed_process_left_the_next_one_removes_and_no_other(tmp_path: Path) -> None:
    base = str(tmp_path / "tmp")
    alive = Scratch(base)
    kept = alive.make()
    subprocess.run([sys.executable, "-c", KILLED, base], check=False)
    assert len(os.listdir(base)) == 4
    next_one = Scratch(base)
    root = next_one.make()
    assert sorted(os.listdir(base)) == sorted(Path(one).name + end for one in (kept, root) for end in ("", ".lock"))
    next_one.close()
    alive.close()
    assert os.listdir(base) == []
