"""What is made ahead for the next confined command: it is fresh, it has seen nothing, and it ends with claw."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from claw import _native
from tests.native.confined import Box, forked, give, perform
from tests.native.running import PATIENCE, ended, eventually, granted, read_until

IDENTITIES = "for ns in user mnt pid ipc uts net; do readlink /proc/self/ns/$ns; done"
CLAW = """
import sys
from pathlib import Path
from tests.native.confined import Box
box = Box(Path(sys.argv[1]))
print(box.run("true"), flush=True)
input()
"""


def start(box: Box, line: str) -> _native.Process:
    return _native.Process(
        granted(line),
        shell="/bin/bash",
        cwd=str(box.workspace),
        env={"PATH": os.environ["PATH"]},
        guard=str(box.folder / "guard"),
        confinement=_native.Confinement(**box.confinement()),
    )


def several(box: Box, *lines: str, **changes: Any) -> list[tuple[int, str]]:
    """One after the other, started by one process, as the box's user."""
    requests = [
        {
            "line": line,
            "cwd": str(box.workspace),
            "env": {"PATH": os.environ["PATH"], "HOME": str(box.home), "LC_ALL": "C"},
            "guard": str(box.folder / "guard"),
            "confinement": box.confinement(**changes),
        }
        for line in lines
    ]
    if box.uid is None:
        return [perform(request) for request in requests]
    give(box.folder, box.uid)
    return [(status, said) for status, said in forked(lambda: [perform(request) for request in requests], box.uid)]


def test_every_command_has_namespaces_of_its_own(box: Box) -> None:
    # All at once: what is gone gives its number to others.
    def identities() -> list[str]:
        started = [start(box, f"{IDENTITIES}; echo end; sleep 1000") for _ in range(4)]
        said = [read_until(process, b"end\n").decode().split() for process in started]
        for process in started:
            process.kill()
            ended(process)
        return [name for names in said for name in names[:-1]]

    if box.uid is None:
        seen = identities()
    else:
        give(box.folder, box.uid)
        seen = forked(identities, box.uid)
    here = [os.readlink(f"/proc/self/ns/{name}") for name in ("user", "mnt", "pid", "ipc", "uts", "net")]
    assert len({*seen, *here}) == len(seen) + len(here) == 30


def test_nothing_of_a_command_reaches_the_next(box: Box) -> None:
    leave = (
        "touch /tmp/left /run/left ~/left /dev/shm/left; ipcmk -M 16 >/dev/null; (sleep 1000 &); "
        "exec 3<>/dev/tcp/127.0.0.1/1; ulimit -n 50; umask 077; echo $$"
    )
    look = (
        "ls -A /tmp /run ~ /dev/shm | grep left; ipcs -m | grep -c ^0x; set -- /proc/[0-9]*; echo $#; "
        "[ $(ulimit -n) != 50 ] && umask"
    )
    outcomes = several(box, look, leave, look)
    assert outcomes[0] == outcomes[2]
    assert outcomes[0][1].split()[0] == "0"


def test_what_a_command_may_is_found_out_when_it_starts(own: Box) -> None:
    (own.workspace / "now").mkdir()
    assert own.run("true")[0] == 0
    # Whatever stands by has been made now.
    own.put("workspace/kept")
    own.put("workspace/hidden", "secret")
    assert own.run("echo x >kept", protected=["kept"])[0] == 1
    assert own.run("cat hidden", hidden=[str(own.workspace / "hidden")])[1] == ""
    assert own.run("echo x >kept; cat hidden")[1] == "secret"
    assert own.run("echo x >kept", writable=False)[0] == 1
    (own.workspace / "now").rename(own.workspace / "moved")
    (own.workspace / "now").symlink_to(own.claw)
    own.put("claw/key", "secret")
    assert own.run("cat now/key")[1] == "cat: now/key: No such file or directory\n"
    network = os.readlink("/proc/self/ns/net")
    assert own.run("readlink /proc/self/ns/net", network=["*"])[1].strip() == network
    assert own.run("readlink /proc/self/ns/net")[1].strip() != network


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount")
def test_what_was_mounted_in_between_is_there(own: Box) -> None:
    assert own.run("true")[0] == 0
    disk = own.workspace / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "disk", disk], check=True)
    try:
        own.put("workspace/disk/file", "mounted")
        assert own.run("cat disk/file; echo x >disk/file", protected=["disk/file"])[1].startswith("mounted")
        assert (disk / "file").read_text() == "mounted"
    finally:
        subprocess.run(["umount", disk], check=True)


@pytest.mark.parametrize("name", ["claw-supervisor", "claw-init"])
def test_one_that_was_killed_is_not_waited_for(own: Box, name: str) -> None:
    assert own.run("true")[0] == 0
    supervisor, init = _standing_by(os.getpid())
    os.kill(supervisor if name == "claw-supervisor" else init, signal.SIGKILL)
    eventually(lambda: not _stat(supervisor, name) and not _stat(init, name))
    eventually(lambda: not _stat(supervisor, "claw-supervisor"))
    assert own.run("echo again") == (0, "again\n")


@pytest.mark.parametrize(
    "sent",
    [
        [("supervisor", signal.SIGKILL)],
        [("supervisor", signal.SIGSTOP)],
        [("init", signal.SIGKILL)],
        [("init", signal.SIGSTOP)],
        [("supervisor", signal.SIGSTOP), ("init", signal.SIGSTOP)],
        [("supervisor", signal.SIGSTOP), ("init", signal.SIGKILL)],
    ],
)
@pytest.mark.parametrize("moment", ["before", "plan unread", "plan read"])
def test_whatever_is_done_to_it_the_command_runs_once(own: Box, sent: list[tuple[str, int]], moment: str) -> None:
    assert own.run("true")[0] == 0
    pids = dict(zip(("supervisor", "init"), _standing_by(os.getpid()), strict=True))
    group = Path(f"/proc/{pids['init']}/cgroup").read_text()

    def send() -> None:
        for name, number in sent:
            os.kill(pids[name], number)

    with ThreadPoolExecutor(1) as thread, open(own.folder / "guard") as guard:
        if moment == "before":
            send()
            running = thread.submit(own.run, "echo once >>ran; echo said")
        elif moment == "plan unread":
            os.kill(pids["supervisor"], signal.SIGSTOP)
            running = thread.submit(own.run, "echo once >>ran; echo said")
            send()
            if ("supervisor", signal.SIGSTOP) not in sent:
                # One that was killed may be gone by now.
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pids["supervisor"], signal.SIGCONT)
        else:
            # It waits for the guard, once it has read the plan.
            fcntl.flock(guard, fcntl.LOCK_EX)
            running = thread.submit(own.run, "echo once >>ran; echo said")
            eventually(lambda: _waits_for_a_lock(pids["supervisor"]) or not _stat(pids["supervisor"], ""))
            send()
            fcntl.flock(guard, fcntl.LOCK_UN)
        assert running.result(PATIENCE) == (0, "said\n")
    # Should one be left that was stopped, it would go on now.
    for pid in pids.values():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
        eventually(lambda pid=pid: not _stat(pid, "claw-supervisor") and not _stat(pid, "claw-init"))
    assert (own.workspace / "ran").read_text() == "once\n"
    _wait_until_removed(group)
    assert own.run("echo next") == (0, "next\n")
    assert _native.wait_guard(str(own.folder / "guard"), PATIENCE)


def test_it_is_used_once_holds_no_guard_and_knows_no_plan(own: Box) -> None:
    assert own.run("true")[0] == 0
    supervisor, init = _standing_by(os.getpid())
    assert _native.wait_guard(str(own.folder / "guard"), PATIENCE)
    for pid in (init, supervisor):
        pointed = {os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")}
        kinds = {name.partition(":")[0] for name in pointed}
        assert kinds <= {"socket", "pipe", "anon_inode", "/dev/null"}
        assert os.readlink(f"/proc/{pid}/ns/mnt") == os.readlink("/proc/self/ns/mnt")
    process = start(own, "sleep 1000")
    assert process.pid == init
    assert init not in _standing_by(os.getpid())
    process.kill()
    assert ended(process) == 143


@pytest.mark.parametrize("killed", [True, False])
def test_it_ends_with_claw_and_leaves_nothing(own: Box, killed: bool) -> None:
    folder = own.folder / "apart"
    folder.mkdir()
    command = [sys.executable, "-c", CLAW, str(folder)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
    ) as claw:
        assert claw.stdout is not None
        assert claw.stdin is not None
        assert claw.stdout.readline() == b"(0, '')\n"
        supervisor, init = _standing_by(claw.pid)
        groups = Path(f"/proc/{init}/cgroup").read_text()
        if killed:
            claw.kill()
        else:
            claw.stdin.close()
    for pid in (init, supervisor):
        eventually(lambda pid=pid: not _stat(pid, ""))
    _wait_until_removed(groups)


def _wait_until_removed(groups: str) -> None:
    """Of the cgroups that proc_pid_cgroup(5) names, claw's own."""
    named = [line.partition("::")[2] for line in groups.splitlines() if "::" in line and "/claw." in line]
    for name in named:
        places = [f"/sys/fs/cgroup{name}", f"/sys/fs/cgroup/unified{name}"]
        eventually(lambda places=places: not any(map(os.path.exists, places)))


def _waits_for_a_lock(pid: int) -> bool:
    """Whether proc_locks(5) shows it blocked."""
    lines = [line.split() for line in Path("/proc/locks").read_text().splitlines() if "->" in line]
    return any(str(pid) in fields for fields in lines)


def _standing_by(claw: int) -> tuple[int, int]:
    """The supervisor that waits for claw's next command, and the first process of its sandbox."""
    found: list[tuple[int, int]] = []

    def one() -> bool:
        found[:] = [
            (parent, pid)
            for pid in map(int, filter(str.isdigit, os.listdir("/proc")))
            if _stat(pid, "claw-init") and not _children(pid)
            for parent in _above(pid)[:1]
            if _stat(parent, "claw-supervisor") and claw in _above(parent)
        ]
        return len(found) == 1

    eventually(one)
    return found[0]


def _children(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return "gone"


def _stat(pid: int, name: str) -> list[str]:
    """The fields behind the name, of one of this name that lives."""
    try:
        head, _, tail = Path(f"/proc/{pid}/stat").read_text().rpartition(")")
    except OSError:
        return []
    return [] if tail.split()[0] == "Z" or (name and not head.endswith(f"({name}")) else tail.split()


def _above(pid: int) -> list[int]:
    found = []
    while pid > 1 and (fields := _stat(pid, "")):
        pid = int(fields[1])
        found.append(pid)
    return found
