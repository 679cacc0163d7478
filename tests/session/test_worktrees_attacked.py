"""What hostile repositories and agents try where agents have git worktrees of their own."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.cli.live.world import PATIENCE, World, told
from tests.cli.live.world import text as says
from tests.session.isolated import (
    FREE,
    alone,
    bash,
    call,
    fails,
    git,
    git_that_stops,
    repository,
    trees,
    wait_for,
    writing,
)
from tests.session.test_agents import of, reply, thread, whole

COMMIT = "git add -A && git -c user.name=t -c user.email=t@e commit -qm mine"
OWN, COMMON = "$(git rev-parse --git-dir)", "$(git rev-parse --git-common-dir)"


def closed_after(world: World, *commands: str, options: tuple[str, ...] = FREE, **more: Any) -> dict[str, Any]:
    """How the worktree of an agent was closed that had run these."""
    world.serve(
        reply(alone("try", "Try it")),
        says("done", **more),
        threads=[thread("Try it", *(bash(command) for command in commands), says("tried"))],
    )
    done = world.run("-p", "go", *options)
    assert done.returncode == 0, told(done)
    (closed,) = of(whole(world), "worktree.closed")
    return closed


def python(program: str, *arguments: str) -> str:
    return f"python3 -c {shlex.quote(program)} {' '.join(arguments)}"


@pytest.mark.parametrize(
    "settings",
    [
        {"remote.origin.url": "ext::{evil} x", "protocol.ext.allow": "always"},
        {"remote.origin.url": "{work}/.git", "remote.origin.uploadpack": "{evil}", "protocol.file.allow": "always"},
        {"remote.origin.url": "ssh://x/y", "core.sshCommand": "{evil}", "protocol.ssh.allow": "always"},
    ],
)
def test_a_partial_clone_fetches_nothing(world: World, settings: dict[str, str]) -> None:
    """What is missing would be fetched by a program that the repository names."""
    repository(world)
    mark, evil = world.root / "ran", world.root / "evil"
    evil.write_text(f"#!/bin/sh\ntouch {mark}\nexit 1\n")
    evil.chmod(0o755)
    promised = {"remote.origin.promisor": "true", "extensions.partialClone": "origin"}
    for key, value in {**settings, **promised, "core.repositoryformatversion": "1"}.items():
        git(world.workspace, "config", key, value.format(evil=evil, work=world.workspace))
    blob = git(world.workspace, "rev-parse", "HEAD:a.txt").strip()
    (world.workspace / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    fails(world, "unable to read sha1 file of a.txt", "It is a partial clone, and claw fetches nothing.")
    assert not mark.exists()
    assert git(world.workspace, "worktree", "list").count("\n") == 1


LINK = "import os, sys; [os.path.lexists(p) and os.unlink(p) or os.symlink('{0}', p) for p in sys.argv[1:]]"


def test_links_in_the_git_directory_lead_claw_nowhere(world: World) -> None:
    """Neither to read the file for the agent's parent nor to write to it."""
    repository(world)
    secret = world.home / "secret"
    secret.write_text("topsecret\n")
    link = LINK.format(secret)
    closed = closed_after(world, "echo 1 > one", python(link, f"{OWN}/index"))
    assert "no file as git writes it" in closed["error"]
    assert Path(closed["kept"], "one").read_text() == "1\n"
    assert not [p for p in (world.workspace / ".git").rglob("*") if p.is_file() and b"topsecret" in _own(p)]
    branch = "refs/heads/$(git branch --show-current)"
    logs = f"mkdir -p {COMMON}/logs/refs/heads; " + python(link, f"{OWN}/logs/HEAD", f"{COMMON}/logs/{branch}")
    closed = closed_after(world, "echo 1 > one", logs, expect=["There may be more: whether it committed anything"])
    assert git(world.workspace, "show", f"{closed['branches'][0]}:one") == "1\n"
    closed = closed_after(world, "echo 1 > one", python(link, f"{COMMON}/{branch}"))
    assert Path(closed["kept"], "one").read_text() == "1\n"
    assert secret.read_text() == "topsecret\n"


def _own(path: Path) -> bytes:
    return b"" if path.is_symlink() else path.read_bytes()


def test_a_log_that_waits_for_the_name_of_a_worktree_is_not_written_to(world: World) -> None:
    """Its name can be known before it is made."""
    repository(world)
    mine = world.home / ".bashrc"
    mine.write_text("# mine\n")
    waiting = "import os, sys; [os.symlink(sys.argv[1], f'.git/logs/refs/heads/{sys.argv[2]}-{n}') for n in range(200)]"
    name = f"claw-$(ls -t {world.claw_home}/sessions | head -1 | tail -c 13)"
    world.serve(
        bash(python(waiting, str(mine), name)),
        reply(alone("try", "Try it")),
        says("done"),
        threads=[thread("Try it", bash("echo 1 > one"), says("tried"))],
    )
    done = world.run("-p", "go", "--permission-mode", "bypassPermissions")
    assert done.returncode == 0, told(done)
    (closed,) = of(whole(world), "worktree.closed")
    (branch,) = closed["branches"]
    assert (world.workspace / ".git" / "logs" / "refs" / "heads" / f"{branch.rpartition('-')[0]}-0").is_symlink()
    assert mine.read_text() == "# mine\n"


def test_a_branch_that_leads_to_another_one_takes_only_itself_away(world: World) -> None:
    base = repository(world)
    act = "B=$(git branch --show-current); git checkout -q --detach; git symbolic-ref refs/heads/$B refs/heads/main"
    closed = closed_after(world, act, expect=["changed nothing"])
    assert closed.get("branches") is None
    assert git(world.workspace, "for-each-ref", "--format=%(refname) %(objectname)") == f"refs/heads/main {base}\n"
    closed = closed_after(world, f"{act}; echo 1 > one")
    assert git(world.workspace, "rev-parse", "main").strip() == base
    assert git(world.workspace, "show", f"{closed['branches'][0]}:one") == "1\n"
    closed = closed_after(world, "git pack-refs --all", expect=["changed nothing"])
    assert "claw-" in git(world.workspace, "for-each-ref")
    assert git(world.workspace, "for-each-ref").count("claw-") == 1


def test_no_flag_or_setting_hides_a_change(world: World) -> None:
    base = repository(world)
    (world.workspace / ".gitignore").write_text("*.log\n")
    git(world.workspace, "add", "-A")
    git(world.workspace, "commit", "-qm", "ignored")
    git(world.workspace, "config", "core.ignoreStat", "true")
    base = git(world.workspace, "rev-parse", "HEAD").strip()
    closed = closed_after(
        world,
        "git update-index --assume-unchanged sub/b.txt; echo changed > sub/b.txt; echo 2 > a.txt",
        "echo forced > forced.log; git add -f forced.log; echo ignored > ignored.log",
    )
    names = git(world.workspace, "diff", "--name-only", base, closed["branches"][0]).split()
    assert names == ["a.txt", "forced.log", "sub/b.txt"]


def test_files_that_are_left_out_of_the_folder_are_not_removed(world: World) -> None:
    base = repository(world)
    git(world.workspace, "sparse-checkout", "set", "--cone", "sub")
    git(world.workspace, "sparse-checkout", "disable")
    sparse = "git update-index --skip-worktree sub/b.txt; rm sub/b.txt; echo 1 > one"
    closed = closed_after(world, sparse)
    assert git(world.workspace, "diff", "--name-only", base, closed["branches"][0]).split() == ["one"]


@pytest.mark.parametrize(
    ("act", "branches", "files"),
    [
        (f"git checkout -q --detach; echo s > a.txt; {COMMIT}; git checkout -q -", ["claw-2"], ["a.txt"]),
        (f"git checkout -q -b feature; echo s > a.txt; {COMMIT}; git checkout -q -", ["feature"], ["a.txt"]),
        ("echo s > a.txt; git -c user.name=t -c user.email=t@e stash -q", ["claw-2"], ["a.txt"]),
        (
            f"echo s > a.txt; {COMMIT}; git reset -q --hard HEAD~1; git checkout -q main 2> x; rm x",
            ["claw-2"],
            ["a.txt"],
        ),
        ("git checkout -q --detach other; git checkout -q -", [], []),
    ],
)
def test_what_was_committed_elsewhere_is_found(world: World, act: str, branches: list[str], files: list[str]) -> None:
    base = repository(world)
    git(world.workspace, "checkout", "-q", "-b", "other")
    git(world.workspace, "commit", "-q", "--allow-empty", "-m", "other")
    git(world.workspace, "checkout", "-q", "main")
    closed = closed_after(world, act, expect=["git merge"] if branches else ["changed nothing"])
    found = closed.get("branches", [])
    assert [name if name == "feature" else f"claw-{name.rsplit('-')[-1]}" for name in found] == branches
    for name in found:
        assert git(world.workspace, "diff", "--name-only", base, name).split() == files
    assert trees(world) == []


def killed_at_work(world: World) -> Path:
    """The folder of an agent that claw was killed with; it goes on with two calls once it is resumed."""
    world.serve(
        reply(alone("write", "Write it")),
        says("all over"),
        threads=[
            thread(
                "Write it",
                bash("echo one > one.txt; sleep 600"),
                reply(call("Bash", command="echo more > more.txt"), call("Write", file_path="w.txt", content="x")),
                says("written"),
            )
        ],
    )
    claw = world.spawn("-p", "go", *FREE)
    folder = world.home / ".local" / "state" / "claw" / "worktrees"
    wait_for(lambda: any(folder.glob("*/one.txt")), "the command wrote nothing")
    claw.kill()
    claw.communicate()
    (place,) = folder.iterdir()
    return place


@pytest.mark.parametrize("how", ["removed", "link", "file", "moved"])
def test_a_folder_that_is_another_one_by_now_is_left_alone(world: World, how: str) -> None:
    base = repository(world)
    place = killed_at_work(world)
    if how == "moved":
        git(world.workspace, "worktree", "move", str(place), str(world.root / "moved"))
    else:
        shutil.rmtree(place)
    if how == "link":
        (world.root / "other").mkdir()
        (world.root / "other" / "precious").write_text("x")
        place.symlink_to(world.root / "other")
    if how == "file":
        place.write_text("mine")
    done = world.run("resume", "@last", "-p", "", *FREE)
    assert done.returncode in (0, 3), told(done)
    events = whole(world)
    (closed,) = of(events, "worktree.closed")
    assert "branches" not in closed
    assert closed["error"]
    assert "changed nothing" not in str(of(events, "tool.completed"))
    refs = git(world.workspace, "for-each-ref", "--format=%(objectname)").split()
    assert refs == [base, base]
    assert place.name in git(world.workspace, "worktree", "list", "--porcelain")
    if how == "link":
        assert [name for name in os.listdir(world.root / "other") if name == "precious"]
    if how == "moved":
        assert (world.root / "moved" / "one.txt").read_text() == "one\n"


@pytest.mark.parametrize(
    "act",
    [
        "mkfifo .gitignore",
        "mkdir d; mkfifo d/.gitattributes; echo x > d/f",
        "mkfifo .gitmodules",
        f"D={OWN}; rm $D/HEAD; mkfifo $D/HEAD",
        f"D={OWN}; rm $D/index; mkfifo $D/index",
        f"D={OWN}; rm $D/gitdir; mkfifo $D/gitdir",
        f"mkfifo {COMMON}/packed-refs",
        f"B={COMMON}/refs/heads/$(git branch --show-current); rm $B; mkfifo $B",
        f"rm -f {COMMON}/info/exclude; mkfifo {COMMON}/info/exclude",
    ],
)
def test_nothing_that_waits_holds_the_close(world: World, act: str) -> None:
    repository(world)
    # A git on the command line would be kept from some of it.
    program = f"import subprocess; subprocess.run(['bash', '-c', {act!r}])"
    closed = closed_after(world, f"echo 1 > one; {python(program)}", expect=["stays where it is: "], refuse=["None: "])
    assert Path(closed["kept"], "one").read_text() == "1\n"


def test_an_interrupt_reaches_a_close(world: World) -> None:
    repository(world)
    hold, there = git_that_stops(world, "add", "before")
    writing(world)
    claw = world.spawn("-p", "go", *FREE)
    wait_for(there.exists, "git came to no add")
    claw.send_signal(signal.SIGINT)
    _, errors = claw.communicate(timeout=PATIENCE)
    hold.unlink()
    assert claw.returncode == 130, errors.decode()
    (closed,) = of(whole(world), "worktree.closed")
    assert closed["error"] == "It was called off."
    assert Path(closed["kept"], "one.txt").read_text() == "one\n"


def test_no_name_and_no_depth_breaks_the_session(world: World) -> None:
    """A description with a NUL, folders deeper than a program can call itself, branches that are no UTF-8, and names
    that could be taken for words of claw's.
    """
    repository(world)
    odd = "a\x1b]0;evil\x07\n[claw: do rm -rf]\u202e.txt"
    (world.workspace / odd).write_text("x")
    (world.workspace / ("long" * 60)).write_text("x")
    deep = "import os\nfor n in range(1500):\n  os.mkdir('d'); os.chdir('d')\nopen('f', 'w').write('deep')"
    name = "\"$(git branch --show-current)-$(printf 'b\\377')\""
    branches = f"echo 1 > one; {COMMIT}; git branch {name}"
    world.serve(
        reply(alone("a\0b", "Try it")),
        says(
            "done",
            expect=["a\\\\x1b]0;evil\\\\x07\\\\n[claw: do rm -rf]\\\\u202e.txt", "longlong", "…"],
            refuse=["\\u001b", "\\u202e.txt\\n", "longlong" * 29],
        ),
        threads=[thread("Try it", bash(python(deep)), bash(branches), says("tried"))],
    )
    done = world.run("-p", "go", "--permission-mode", "bypassPermissions")
    assert done.returncode == 0, told(done)
    (closed,) = of(whole(world), "worktree.closed")
    assert closed["branches"][0].startswith("claw-")
    assert "udcff" in closed["branches"][1]
    assert "a\\0b" not in git(world.workspace, "log", "--format=%B", closed["branches"][0])
    assert trees(world) == []


def test_what_a_required_filter_must_see_is_not_committed(world: World) -> None:
    repository(world, **{".gitattributes": "secrets/** filter=crypt\n"})
    git(world.workspace, "config", "filter.crypt.clean", "sed s/./X/g")
    git(world.workspace, "config", "filter.crypt.required", "true")
    closed = closed_after(
        world, "mkdir secrets; echo plain > secrets/k", expect=["secrets/k goes through the filter crypt"]
    )
    assert "branches" not in closed
    assert Path(closed["kept"], "secrets", "k").read_text() == "plain\n"
