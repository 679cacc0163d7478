"""The commit of a folder, read from git's files: the same as git says, and no program is started to know it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from claw.execution.git import head

QUIET = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@localhost",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@localhost",
}


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-c", "protocol.file.allow=always", *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", **QUIET},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"git {arguments}: {done.stderr}"
    return done.stdout.strip()


def commit(folder: Path, message: str = "one") -> None:
    git(folder, "commit", "-q", "--allow-empty", "-m", message)


@pytest.fixture(params=["sha1", "sha256"])
def repository(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main", f"--object-format={request.param}")
    return folder


def says_what_git_says(folder: Path) -> None:
    said = git(folder, "rev-parse", "--verify", "HEAD")
    assert len(said) in (40, 64)
    assert head(str(folder)) == said


def test_a_branch(repository: Path) -> None:
    commit(repository)
    says_what_git_says(repository)
    commit(repository, "two")
    says_what_git_says(repository)


def test_a_folder_below(repository: Path) -> None:
    commit(repository)
    (repository / "a/b").mkdir(parents=True)
    says_what_git_says(repository / "a/b")


def test_without_a_commit_there_is_none(repository: Path) -> None:
    assert head(str(repository)) == ""


def test_without_a_repository_there_is_none(tmp_path: Path) -> None:
    assert head(str(tmp_path)) == ""
    assert head(str(tmp_path / "nowhere")) == ""


def test_a_detached_head(repository: Path) -> None:
    commit(repository)
    commit(repository, "two")
    git(repository, "checkout", "-q", "--detach", "HEAD^")
    says_what_git_says(repository)


def test_packed_refs(repository: Path) -> None:
    commit(repository)
    git(repository, "branch", "mai")
    git(repository, "tag", "-a", "-m", "t", "main-not")
    commit(repository, "two")
    git(repository, "pack-refs", "--all")
    assert not (repository / ".git/refs/heads/main").exists()
    says_what_git_says(repository)
    commit(repository, "a loose ref is newer than a packed one")
    says_what_git_says(repository)


def test_a_branch_in_folders(repository: Path) -> None:
    git(repository, "checkout", "-q", "-b", "feature/ü/x")
    commit(repository)
    says_what_git_says(repository)
    git(repository, "pack-refs", "--all")
    says_what_git_says(repository)


@pytest.mark.parametrize("packed", [True, False])
def test_another_worktree(repository: Path, tmp_path: Path, packed: bool) -> None:
    commit(repository)
    git(repository, "worktree", "add", "-q", "-b", "other", str(tmp_path / "other"))
    commit(tmp_path / "other", "two")
    if packed:
        git(repository, "pack-refs", "--all")
    says_what_git_says(tmp_path / "other")
    assert head(str(tmp_path / "other")) != head(str(repository))


def test_a_submodule(repository: Path, tmp_path: Path) -> None:
    commit(repository)
    outer = tmp_path / "outer"
    outer.mkdir()
    git(outer, "init", "-q", f"--object-format={git(repository, 'rev-parse', '--show-object-format')}")
    git(outer, "submodule", "--quiet", "add", str(repository), "inner")
    commit(outer, "outer")
    assert (outer / "inner/.git").is_file()
    says_what_git_says(outer / "inner")
    assert head(str(outer)) != head(str(outer / "inner"))


def test_a_bare_repository(repository: Path, tmp_path: Path) -> None:
    commit(repository)
    git(tmp_path, "clone", "-q", "--bare", str(repository), "bare.git")
    says_what_git_says(tmp_path / "bare.git")


def test_a_symbolic_ref_to_a_branch(repository: Path) -> None:
    commit(repository)
    git(repository, "symbolic-ref", "refs/heads/alias", "refs/heads/main")
    git(repository, "symbolic-ref", "HEAD", "refs/heads/alias")
    says_what_git_says(repository)


# --- repositories that nobody should trust ----------------------------------------------------------------------------


def fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


BROKEN: dict[str, Callable[[Path], object]] = {
    "HEAD is empty": lambda git: (git / "HEAD").write_text(""),
    "HEAD is no id": lambda git: (git / "HEAD").write_text("0123\n"),
    "HEAD is a FIFO": lambda git: fifo(git / "HEAD"),
    "HEAD is no text": lambda git: (git / "HEAD").write_bytes(b"\xff\0\xfe" * 100),
    "HEAD is endless": lambda git: ((git / "HEAD").unlink(), (git / "HEAD").symlink_to("/dev/zero")),
    "HEAD leads out": lambda git: (git / "HEAD").write_text("ref: refs/heads/../../../../secret\n"),
    "HEAD leads anywhere": lambda git: (git / "HEAD").write_text("ref: /etc/hostname\n"),
    "HEAD leads in a circle": lambda git: (git / "refs/heads/main").write_text("ref: refs/heads/main\n"),
    "the ref is a folder": lambda git: ((git / "refs/heads/main").unlink(), (git / "refs/heads/main").mkdir()),
    "the packed ref is no id": lambda git: (
        (git / "refs/heads/main").unlink(),
        (git / "packed-refs").write_text("rm refs/heads/main\n"),
    ),
    "a link leads in a circle": lambda git: ((git / "HEAD").unlink(), (git / "HEAD").symlink_to("HEAD")),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_repository_has_no_commit(tmp_path: Path, what: str) -> None:
    git(tmp_path, "init", "-q", "-b", "main", "inner")
    commit(tmp_path / "inner")
    (tmp_path / "secret").write_text("f" * 40)
    BROKEN[what](tmp_path / "inner/.git")
    assert head(str(tmp_path / "inner")) == ""


def test_a_git_file_that_leads_nowhere_is_passed_by(repository: Path) -> None:
    commit(repository)
    below = repository / "below"
    below.mkdir()
    for text in ("gitdir: /nowhere\n", "gitdir:\n", "gitdir: ../below\n", "nonsense\n", "gitdir: \0\n"):
        (below / ".git").write_text(text)
        assert head(str(below)) == head(str(repository))


def test_no_program_is_started(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(repository)
    expected = git(repository, "rev-parse", "HEAD")
    monkeypatch.setattr(subprocess.Popen, "__init__", lambda *_, **__: pytest.fail("a program was started"))
    monkeypatch.setenv("PATH", "")
    assert head(str(repository)) == expected
