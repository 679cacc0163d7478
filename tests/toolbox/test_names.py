"""A rule speaks of a file, whatever it is called; and a verdict of the program that runs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from claw import _native
from claw.events.tool import PROGRAM
from claw.execution.programs import changeable
from tests.toolbox.test_confining import run
from tests.toolbox.world import World

pytestmark = pytest.mark.anyio


async def test_the_facts_of_a_file_have_its_other_names(world: World) -> None:
    world.write("secrets/deep/key", "k")
    world.write("plain", "p")
    (world.workspace / "sub").mkdir()
    for name in ("other", "sub/third"):
        os.link(world.workspace / "secrets/deep/key", world.workspace / name)
    (fact,) = await world.facts("Read", file_path="other")
    assert fact.names == ("secrets/deep/key", "sub/third")
    assert (await world.facts("Read", file_path="plain"))[0].names == ()
    (fact,) = await world.facts("Bash", command="cat other")
    assert fact.names == ("secrets/deep/key", "sub/third")


async def test_a_search_passes_over_the_other_names_of_what_rules_keep(world: World) -> None:
    world.write("secrets/key", "needle")
    world.write("plain", "needle")
    os.link(world.workspace / "secrets/key", world.workspace / "odd [name]")
    world.exclude = (f"{world.workspace}/secrets/**",)
    for tool, arguments in (("Grep", {"pattern": "needle"}), ("Glob", {"pattern": "**/*"})):
        assert (await world.call(tool, **arguments)).text == "plain"


@pytest.mark.skipif(not _native.Confinement.available()["namespaces"], reason="no user namespaces here")
async def test_a_command_reads_and_changes_no_other_name_of_what_rules_keep(world: World) -> None:
    for name in ("secrets/key", "locked/file"):
        world.write(name, "as it was")
        os.link(world.workspace / name, world.workspace / f"other-{name[:2]}")
    hidden, kept = (f"{world.workspace}/{name}/**" for name in ("secrets", "locked"))
    said = await run(world, "cat other-se; echo x > other-lo", writable=True, hidden=(hidden,), kept=(kept,))
    assert "as it was" not in said.error
    assert (world.workspace / "locked/file").read_text() == "as it was"


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    for name in ("work/.venv/bin/rg", "work/.venv/bin/ls", "work/rel/tool", "apart/ls", "apart/python3.12", "apart/rm"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
        (tmp_path / name).chmod(0o755)
    (tmp_path / "work/.venv/bin/python").symlink_to(tmp_path / "apart/python3.12")
    (tmp_path / "work/.venv/bin/cat").symlink_to(tmp_path / "apart/rm")
    (tmp_path / "apart/tool").symlink_to(tmp_path / "work/rel/tool")
    (tmp_path / "work/.venv/bin/data").write_text("")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "path", "found"),
    [
        ("rg", "{work}/.venv/bin:{apart}", "work/.venv/bin/rg"),
        ("ls", "{work}/.venv/bin:{apart}", "work/.venv/bin/ls"),
        ("ls", "{apart}:{work}/.venv/bin", None),
        ("python", "{work}/.venv/bin", None),
        ("cat", "{work}/.venv/bin", "apart/rm"),
        ("tool", "{apart}", "work/rel/tool"),
        ("tool", "rel", "work/rel/tool"),
        ("data", "{work}/.venv/bin", None),
        ("missing", "{work}/.venv/bin:{apart}", None),
    ],
)
def test_whose_program_a_name_leads_to(folders: Path, name: str, path: str, found: str | None) -> None:
    work = str(folders / "work")
    expected = None if found is None else str(folders / found)
    assert changeable(name, path.format(work=work, apart=folders / "apart"), (work,)) == expected


async def test_the_facts_of_a_command_have_the_programs_of_the_workspace(world: World) -> None:
    tool = world.write(".venv/bin/rg", "#!/bin/sh\n")
    tool.chmod(0o755)
    world.context.environment["PATH"] = f"{tool.parent}:/usr/bin:/bin"
    for line in ("rg foo", "timeout 5 rg foo", "ls | xargs rg foo", "env rg foo", "cd /; rg foo"):
        facts = [fact for fact in await world.facts("Bash", command=line) if fact.parameter == PROGRAM]
        assert [(fact.given, fact.canonical, fact.inside) for fact in facts] == [("rg", ".venv/bin/rg", True)], line
    assert not [fact for fact in await world.facts("Bash", command="ls; echo x") if fact.parameter == PROGRAM]
