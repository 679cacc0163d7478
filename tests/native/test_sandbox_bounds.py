"""What a confined command can take of the machine: each claim is really tried, by a fork bomb and the like."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from claw import _native
from claw.errors import ToolError
from tests.native.confined import Box, forked, give
from tests.native.running import PATIENCE, ended, eventually, granted, new_mark, read_until, sleeping

BOMB = """\
import os, signal
children = 0
try:
    while children < 2000:
        if os.fork() == 0:
            signal.pause()
        children += 1
except OSError as e:
    print(e.strerror, end=" ")
print(children, flush=True)
os.kill(0, signal.SIGKILL)
"""
MOST = 64
SLACK = 300 + 8 * (os.cpu_count() or 1)
"""By how much a pid namespace lets more than that: it counts numbers, and the kernel sets the lowest aside."""
HOST = Path("/proc/sys/kernel/pid_max")


def start(box: Box, line: str, **changes: Any) -> _native.Process:
    """Without waiting for its end; as the tests' own user."""
    wanted = box.confinement(**changes)
    return _native.Process(
        granted(line),
        shell="/bin/bash",
        cwd=wanted["workspace"],
        env={"PATH": os.environ["PATH"]},
        guard=str(box.folder / "guard"),
        confinement=_native.Confinement(**wanted),
    )


def held(box: Box) -> str:
    """What bounds the processes of this box's user."""
    found: str
    if box.uid is None:
        found = _native.Confinement.available()["processes"]
    else:
        found = forked(lambda: _native.Confinement.available()["processes"], box.uid)
    if not found:
        pytest.skip("nothing bounds processes here, as claw says")
    return found


def exploded(output: str, held: str) -> None:
    """The bomb ended where that bounds it, and not long before."""
    said, children = output.rsplit(maxsplit=1)
    assert said == "Resource temporarily unavailable", output
    assert MOST - 8 <= int(children) < MOST + (SLACK if held == "pid_max" else 0), output


def test_a_fork_bomb_has_bounds_and_is_gone_with_its_command(box: Box) -> None:
    by, before = held(box), HOST.read_text()
    _, output = box.python(BOMB, processes=MOST)
    exploded(output, by)
    assert HOST.read_text() == before


def test_threads_count_as_well(box: Box) -> None:
    by = held(box)
    program = "import threading, os\nwait = threading.Event()\ncount = 0\ntry:\n    while count < 2000:\n"
    program += "        threading.Thread(target=wait.wait, daemon=True).start()\n        count += 1\n"
    program += "except RuntimeError:\n    pass\nprint(count, flush=True)\nos._exit(0)\n"
    assert int(box.python(program, processes=MOST)[1]) < MOST + (SLACK if by == "pid_max" else 0)


def test_the_bound_is_one_commands_own(box: Box) -> None:
    held(box)
    crowd = "for i in $(seq 40); do sleep 1000 & done; jobs -p | wc -l; "
    line = crowd + 'kill $(jobs -p); read < <(exec 2>&1; exec bash -c "echo fine"); echo $REPLY'
    for _ in range(3):
        assert box.run(line, processes=MOST)[1] == "40\nfine\n"


def test_no_build_meets_the_usual_bound(box: Box) -> None:
    program = "import os, signal\nfor _ in range(1000):\n    os.fork() or signal.pause()\n"
    program += "print('fine', flush=True)\nos.kill(0, signal.SIGKILL)\n"
    assert box.python(program)[1] == "fine\n"


def test_the_command_cannot_raise_it(box: Box) -> None:
    by = held(box)
    program = "import resource\nfor f in ('/proc/sys/kernel/pid_max', '/proc/self/cgroup'):\n    try:\n"
    program += "        open(f, 'w').write('4000000')\n        print('raised')\n    except OSError:\n        pass\n"
    program += "for line in open('/proc/mounts'):\n    at = line.split()[1]\n"
    program += "    for name in ('cgroup.procs', 'claw-of-its-own/x'):\n        try:\n"
    program += "            os.makedirs(os.path.dirname(f'{at}/{name}'), exist_ok=True)\n"
    program += "            'cgroup' in line and open(f'{at}/{name}', 'w').write('0') and print('moved')\n"
    program += "        except OSError:\n            pass\n"
    program += (
        "try:\n    resource.setrlimit(resource.RLIMIT_NPROC, (3000, 3000))\nexcept (OSError, ValueError):\n    pass\n"
    )
    _, output = box.python("import os\n" + program + BOMB, processes=MOST)
    exploded(output, by)


READ_ONLY_CGROUPS = (
    "for at in $(awk '/ - cgroup2? /{print $5}' /proc/self/mountinfo); do mount -o remount,bind,ro $at; done"
)
READ_ONLY_SYSCTLS = "mount --bind /proc/sys /proc/sys && mount -o remount,bind,ro /proc/sys"


def elsewhere(box: Box, setup: str) -> tuple[dict[str, Any], str]:
    """What claw finds, and what the bomb says, where mounts are like this."""
    wanted = {"line": "exec python3 attempt.py", "cwd": str(box.workspace), "guard": str(box.folder / "guard")}
    wanted |= {"env": {"PATH": "/usr/local/bin:/usr/bin:/bin"}, "confinement": box.confinement(processes=MOST)}
    (box.workspace / "attempt.py").write_text(BOMB)
    program = f"from claw import _native\nfrom tests.native.confined import perform\nwanted = {wanted!r}\n"
    program += "print((_native.Confinement.available(), perform(wanted)[1]))\n"
    command = ["unshare", "-m", "sh", "-c", f'{setup}; exec "$@"', "sh", sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.stderr:
        pytest.skip(f"mounts cannot be changed here: {done.stderr}")
    facts, output = eval(done.stdout)
    return facts, output


def test_where_cgroups_are_read_only_something_else_holds(own: Box) -> None:
    before = HOST.read_text()
    facts, output = elsewhere(own, READ_ONLY_CGROUPS)
    assert not facts["cgroup"]
    if facts["processes"]:
        exploded(output, facts["processes"])
    else:
        assert output == "2000\n"
    assert HOST.read_text() == before


def test_where_sysctls_are_read_only_something_else_holds(own: Box) -> None:
    facts, output = elsewhere(own, READ_ONLY_SYSCTLS)
    assert facts["processes"] != "pid_max"
    if facts["processes"]:
        exploded(output, facts["processes"])


def test_nothing_is_claimed_that_does_not_hold(own: Box) -> None:
    facts, output = elsewhere(own, f"{READ_ONLY_CGROUPS}; {READ_ONLY_SYSCTLS}")
    if facts["processes"]:
        exploded(output, facts["processes"])
    else:
        assert output == "2000\n"


def group_of(process: _native.Process) -> Path:
    """The folder of a command's cgroup."""
    if not _native.Confinement.available()["cgroup"]:
        pytest.skip("claw may make no cgroups here")
    lines = Path(f"/proc/{process.pid}/cgroup").read_text().splitlines()
    mine = next(line.split(":", 2)[2] for line in lines if "/claw." in line)
    table = [line.split() for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    mounts = [row[4] for row in table if row[row.index("-") + 1].startswith("cgroup")]
    return next(folder for folder in (Path(mount + mine) for mount in mounts) if folder.is_dir())


def test_a_command_has_a_cgroup_until_it_ends(own: Box) -> None:
    process = start(own, "sleep 1000 & echo ready; read")
    read_until(process, b"ready\n")
    first = group_of(process)
    assert len((first / "cgroup.procs").read_text().split()) >= 2
    other = start(own, "echo ready; sleep 1000")
    read_until(other, b"ready\n")
    second = group_of(other)
    assert first != second
    for running, folder in ((process, first), (other, second)):
        running.kill()
        ended(running)
        assert not folder.exists()


def test_a_command_that_cannot_be_started_leaves_no_cgroup(own: Box) -> None:
    process = start(own, "echo ready; sleep 1000")
    read_until(process, b"ready\n")
    folder = group_of(process)
    before = set(folder.parent.iterdir())
    with pytest.raises(ToolError):
        start(own, "true", writable_extra=["nothing"], workspace=str(own.folder / "nothing"))
    assert set(folder.parent.iterdir()) <= before
    process.kill()
    ended(process)


@pytest.mark.parametrize("namespaces", [True, False])
def test_a_killed_supervisor_leaves_nothing_of_the_cgroup(own: Box, namespaces: bool) -> None:
    mark = new_mark()
    process = start(own, f"(setsid sleep {mark} &); echo ready; sleep {mark}", namespaces=namespaces)
    read_until(process, b"ready\n")
    folder = group_of(process)
    if not (folder / "cgroup.kill").exists():
        process.kill()
        ended(process)
        pytest.skip("this kernel kills no cgroups")
    eventually(lambda: sleeping(mark) == 2)
    os.kill(parent_of(process.pid), signal.SIGKILL)
    with pytest.raises(ToolError, match="supervisor was killed"):
        process.wait(PATIENCE)
    eventually(lambda: sleeping(mark) == 0)
    eventually(lambda: not folder.exists())


def test_what_a_killed_claw_left_is_removed_by_the_next(own: Box) -> None:
    mine = start(own, "echo ready; sleep 1000")
    read_until(mine, b"ready\n")
    folder = group_of(mine)
    left = folder.with_name(f"{folder.name.rsplit('.', 3)[0]}.{2**22 - 1}.1.0")
    foreign = folder.with_name("claw.1.1.1.0")
    left.mkdir()
    foreign.mkdir()
    try:
        program = "from claw import _native; print(_native.Confinement.available()['cgroup'])"
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        assert done.stdout == "True\n"
        assert not left.exists()
        assert foreign.exists()
        assert folder.exists()
    finally:
        foreign.rmdir()
        mine.kill()
        ended(mine)


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])


def traced(pid: int) -> str:
    """What PTRACE_SEIZE answers."""
    libc = ctypes.CDLL(None, use_errno=True)
    return "attached" if libc.ptrace(0x4206, pid, None, None) == 0 else os.strerror(ctypes.get_errno())


def test_its_first_process_cannot_be_looked_into_by_its_own_user(box: Box) -> None:
    # Not even from outside, without the system call filter: it holds a copy of claw's memory.
    if box.uid is None:
        pytest.skip("root may look into everything from outside")
    give(box.folder, box.uid)

    def attempt() -> list[str]:
        process = start(box, "echo ready; sleep 1000")
        read_until(process, b"ready\n")
        with subprocess.Popen(["sleep", "1000"]) as other:
            answers = [traced(pid) for pid in (other.pid, process.pid, parent_of(process.pid))]
            other.kill()
        for pid in (process.pid, parent_of(process.pid)):
            for name in ("mem", "environ", "maps", "auxv"):
                try:
                    Path(f"/proc/{pid}/{name}").read_bytes()
                    answers.append(f"read {name}")
                except PermissionError:
                    pass
        process.kill()
        ended(process)
        return answers

    assert forked(attempt, box.uid) == ["attached", "Operation not permitted", "Operation not permitted"]


def test_the_private_folders_share_half_of_the_memory(box: Box) -> None:
    line = "cd; stat -fc '%b %S' /tmp . /dev/shm /var/tmp; stat -fc %f .; head -c 32M /dev/zero > /tmp/x; stat -fc %f ."
    *sizes, before, after = box.run(line)[1].splitlines()
    blocks, size = map(int, sizes[0].split())
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert blocks * size < memory * 0.51
    assert len(set(sizes)) == 1
    assert (int(before) - int(after)) * size == 32 << 20


def test_one_private_folder_is_not_seen_in_another(box: Box) -> None:
    line = "echo a > /var/tmp/a; echo b > ~/b; echo c > /dev/shm/c; ls ~ /var/tmp /var/tmp/.. /dev | grep -x '[abc0-9]'"
    assert box.run(line)[1].split() == ["b", "a"]
