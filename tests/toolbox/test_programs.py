"""A confined command sees the programs on PATH, and not the home folder they happen to lie in."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from claw.execution.programs import bash_of, prefixes, workspace_last


@pytest.fixture
def home(tmp_path: Path) -> Path:
    for path in ("tool/bin/run", "real/v1/bin/python3", ".local/bin/own", "bin/mine", "Documents/letter"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/python").symlink_to(tmp_path / "real/v1/bin/python3")
    return tmp_path


@pytest.mark.parametrize(
    ("folders", "seen"),
    [
        (("tool/bin",), {"tool"}),
        (("outside",), {"outside", "real/v1"}),
        ((".local/bin",), {".local/bin"}),
        (("bin",), {"bin"}),
        ((".",), set()),
        (("Documents",), {"Documents"}),
        (("missing/bin",), {"missing"}),
    ],
)
def test_what_belongs_to_a_program_is_seen(home: Path, folders: tuple[str, ...], seen: set[str]) -> None:
    path = ":".join(["/usr/bin", "relative/bin", "", *(str(home / folder) for folder in folders)])
    own = {sys.prefix, sys.base_prefix}
    assert set(prefixes(path, str(home), ("/nowhere",))) - own == {str(home / place) for place in seen}


def test_claws_own_python_is_seen_wherever_it_lies(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "prefix", str(home / "tool"))
    prefixes.cache_clear()
    assert str(home / "tool") in prefixes("", str(home), ("/nowhere",))
    prefixes.cache_clear()


def test_a_folder_for_everybody_is_not_shown_for_the_sake_of_one_program() -> None:
    assert not {"/tmp", "/run"} & set(prefixes("/tmp/bin:/run/bin:/tmp", "/home/u", ("/nowhere",)))


def test_of_the_workspace_only_claws_own_python_is_kept_from_changes(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "prefix", str(home / "work/claws"))
    path = f"{home}/work/.venv/bin:{home}/tool/bin"
    seen = set(prefixes(path, str(home), (str(home / "work"),))) - {sys.base_prefix}
    assert seen == {str(home / "work/claws"), str(home / "tool")}
    prefixes.cache_clear()


def test_nothing_in_the_workspace_decides_what_is_seen(home: Path) -> None:
    work = home / "work"
    (work / "bin").mkdir(parents=True)
    for name, target in (("documents", home / "Documents/x"), ("machine", "/etc/x"), ("gone", home / "gone/x")):
        (work / "bin" / name).symlink_to(target)
    (work / "folder").symlink_to(home / "Documents")
    (work / "loop").symlink_to("loop")
    (home / "outside/tool").symlink_to(work / "folder/letter")
    (home / "outside/over").symlink_to("../outside/../work/folder/letter")
    (home / "to-work").symlink_to(work / "bin")
    folders = [f"{home}/{name}" for name in ("work/bin", "work/folder", "work/loop", "to-work", "to-work/../folder")]
    assert not {*prefixes(":".join(folders), str(home), (str(work),))} - {sys.prefix, sys.base_prefix}
    seen = {*prefixes(f"{home}/outside", str(home), (str(work),))} - {sys.prefix, sys.base_prefix}
    assert seen == {f"{home}/outside", f"{home}/real/v1"}


def test_no_bash_of_the_workspace_is_run(home: Path) -> None:
    for name in ("work/bin/bash", "apart/bash"):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text("")
        (home / name).chmod(0o755)
    (home / "linked").symlink_to(home / "work/bin")
    work, apart = str(home / "work"), str(home / "apart")
    assert bash_of(f"{work}/bin:bin:.::{home}/linked:{apart}", (work,)) == f"{apart}/bash"
    assert bash_of(f"{work}/bin:bin", (work,)) is None


def test_folders_of_the_workspace_come_last(home: Path) -> None:
    assert (
        workspace_last(f"{home}/work/bin:rel:/usr/bin:/bin", (f"{home}/work",)) == f"/usr/bin:/bin:{home}/work/bin:rel"
    )
