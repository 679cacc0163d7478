"""What a confined command can and cannot do to processes, the network and the kernel: each claim is really tried."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from claw import _native
from claw.errors import SandboxUnavailable, ToolError
from tests.native.confined import Box
from tests.native.running import PATIENCE, ended, eventually, granted, new_mark, read_all, read_until, sleeping

CALLS = """\
import ctypes, errno, os
libc = ctypes.CDLL(None, use_errno=True)
def tried(name, *arguments):
    ctypes.set_errno(0)
    result = libc.syscall(*[ctypes.c_long(a) if isinstance(a, int) else a for a in arguments])
    print(name, errno.errorcode.get(ctypes.get_errno(), result))
"""


def start(box: Box, line: str, **changes: object) -> _native.Process:
    """Without waiting for its end; as the tests' own user."""
    wanted = box.confinement(**changes)
    env = {"PATH": os.environ["PATH"], "HOME": str(box.home)}
    guard = str(box.folder / "guard")
    confinement = _native.Confinement(**wanted)
    return _native.Process(
        granted(line), shell="/bin/bash", cwd=wanted["workspace"], env=env, guard=guard, confinement=confinement
    )


def test_a_command_says_something_and_ends_as_without_a_sandbox(box: Box) -> None:
    assert box.run("echo out; echo err >&2; exit 7") == (7, "out\nerr\n")
    assert box.run("kill -TERM $$")[0] == 143
    assert box.run("kill -KILL $$")[0] == 137
    assert box.run("id -u") == (0, f"{os.getuid() if box.uid is None else box.uid}\n")


def test_only_the_sandboxes_own_processes_are_seen(box: Box) -> None:
    assert box.run("echo $$; ls -d /proc/[0-9]*; exec 2>&1; kill -0 3")[1].split()[:3] == ["2", "/proc/1", "/proc/2"]


def test_claws_memory_and_environment_cannot_be_read(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    # The first process of the sandbox is a fork of claw: its memory is claw's.
    program = "import os\nfor pid in [p for p in os.listdir('/proc') if p.isdigit()]:\n"
    program += "    for name in ('environ', 'mem', 'maps', 'auxv'):\n        try:\n"
    program += "            data = open(f'/proc/{pid}/{name}', 'rb').read(4096)\n"
    program += "            print(pid != str(os.getpid()) and int(pid) < 2 and name)\n"
    program += "        except OSError as e:\n            pass\n"
    monkeypatch.setenv("KEY_OF_CLAW", "very-secret")
    _, output = box.python(program)
    assert set(output.split()) <= {"False"}, output
    assert box.run(f"ls /proc/{os.getpid()}/environ /proc/{os.getppid()}/environ")[0] == 2
    _, output = box.run("cat /proc/1/environ; ls -l /proc/1/fd /proc/1/root /proc/1/cwd")
    assert "very-secret" not in output
    assert output.count("Permission denied") >= 3


@pytest.mark.parametrize("name", ["TERM", "KILL", "STOP", "INT"])
def test_claw_and_its_supervisor_cannot_be_signalled(box: Box, name: str) -> None:
    assert box.run(f"kill -{name} {os.getpid()}; kill -{name} -1; kill -{name} 1; sleep 0.05; exit 4")[0] == 4


def test_calls_that_exploits_begin_with_are_refused(box: Box) -> None:
    calls = {
        "ptrace": (101, 16, 1, 0, 0),
        "process_vm_readv": (310, 1, 0, 0, 0, 0, 0),
        "mount": (165, 0, 0, 0, 0, 0),
        "umount2": (166, 0, 0),
        "unshare": (272, 0x10000000),
        "setns": (308, 0, 0),
        "clone": (56, 0x10000000 | 17, 0, 0, 0, 0),
        "chroot": (161, 0),
        "keyctl": (250, 0, 0),
        "add_key": (248, 0, 0, 0, 0, 0),
        "bpf": (321, 0, 0, 0),
        "perf_event_open": (298, 0, 0, 0, 0, 0),
        "userfaultfd": (323, 0),
        "io_uring_setup": (425, 1, 0),
        "open_by_handle_at": (304, 0, 0, 0),
        "init_module": (175, 0, 0, 0),
        "kexec_load": (246, 0, 0, 0, 0),
        "personality": (135, 0x0400000),
        "pidfd_getfd": (438, 0, 0, 0),
        "open_tree": (428, 0, 0, 0),
        "move_mount": (429, 0, 0, 0, 0, 0),
        "packet": (41, 17, 3, 0),
        "vsock": (41, 40, 1, 0),
        "netlink audit": (41, 16, 3, 9),
        "TIOCSTI": (16, 0, 0x5412, 0),
        "TIOCSTI, upper bits": (16, 0, 0x5412 | (1 << 32), 0),
        "TIOCLINUX": (16, 0, 0x541C, 0),
    }
    absent = {"clone3": (435, 0, 0), "openat2": (437, 0, 0, 0, 0), "the second interface": (0x40000000 | 39,)}
    if os.uname().machine != "x86_64":
        pytest.skip("the numbers are those of x86-64")
    everything = calls | absent
    program = CALLS + "".join(f"tried({name!r}, *{arguments!r})\n" for name, arguments in everything.items())
    expected = [f"{name} EPERM" for name in calls] + [f"{name} ENOSYS" for name in absent]
    assert box.python(program)[1].splitlines() == expected


def test_programs_that_make_namespaces_or_mounts_fail(box: Box) -> None:
    for line in (
        "unshare -Ur true",
        "unshare -m true",
        "mount -t tmpfs x /tmp",
        "nsenter -t 1 -m true",
        "chroot / true",
    ):
        assert box.run(line)[0] != 0, line


def test_there_is_no_network_but_a_loopback_of_its_own(box: Box) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        program = f"import socket\nfor to in (('127.0.0.1', {port}), ('1.1.1.1', 53), ('::1', {port})):\n"
        program += "    try:\n        socket.create_connection(to, 2)\n        print('connected')\n"
        program += "    except OSError as e:\n        print('no')\n"
        program += "try:\n    socket.getaddrinfo('example.com', 443)\n    print('resolved')\n"
        program += "except OSError:\n    print('no')\n"
        assert box.python(program)[1] == "no\nno\nno\nno\n"
    own = "import socket\ns = socket.create_server(('127.0.0.1', 0))\n"
    own += "socket.create_connection(s.getsockname())\nprint('ok')"
    assert box.python(own)[1] == "ok\n"


def test_the_whole_network_when_it_is_granted_but_no_abstract_sockets(box: Box) -> None:
    if _native.Confinement.available()["landlock"] < 6:
        pytest.skip("before version 6, Landlock lets abstract sockets be reached")
    name = f"\0claw-{box.folder.name}"
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as abstract:
        abstract.bind(name)
        abstract.listen()
        program = f"import socket\nsocket.create_connection({server.getsockname()!r}, 5)\nprint('connected')\n"
        program += (
            f"try:\n    socket.socket(socket.AF_UNIX).connect({name!r})\nexcept PermissionError:\n    print('no')\n"
        )
        assert box.python(program, network=["*"])[1] == "connected\nno\n"
        assert "refused" in box.python(f"import socket\nsocket.socket(socket.AF_UNIX).connect({name!r})")[1]


def test_there_is_no_terminal_to_type_into(box: Box) -> None:
    assert box.run("tty; echo x > /dev/tty")[0] == 1
    assert "not a tty" in box.run("tty")[1]


ESCAPES = {
    "background": "sleep {mark} &",
    "own session": "setsid sleep {mark} &",
    "double fork": "(setsid nohup sleep {mark} >/dev/null 2>&1 & )",
    "deaf": "bash -c 'trap \"\" TERM HUP; sleep {mark}; sleep {mark}' &",
}


@pytest.mark.parametrize("escape", ESCAPES.values(), ids=ESCAPES)
def test_what_it_leaves_behind_ends_with_it_and_on_kill(own: Box, escape: str) -> None:
    mark = new_mark()
    process = start(own, escape.format(mark=mark) + f"\nuntil pgrep -f 'sleep {mark}'; do :; done; exit 5")
    read_all(process)
    assert ended(process) == 5
    assert sleeping(mark) == 0
    process = start(own, escape.format(mark=mark) + "\necho ready; while true; do sleep 1; done")
    read_until(process, b"ready\n")
    eventually(lambda: sleeping(mark) > 0)
    process.kill()
    assert ended(process) == 143
    assert sleeping(mark) == 0
    assert _native.wait_guard(str(own.folder / "guard"), 0)


def test_a_command_may_tidy_up_before_it_is_killed(own: Box) -> None:
    process = start(own, "trap 'echo bye; exit 9' TERM; echo ready; while true; do sleep 0.01; done")
    read_until(process, b"ready\n")
    process.kill()
    assert read_all(process).endswith(b"bye\n")
    assert ended(process) == 9


def test_a_killed_supervisor_takes_even_daemons_along(own: Box) -> None:
    mark = new_mark()
    process = start(own, f"(setsid sleep {mark} &); echo ready; sleep {mark}")
    read_until(process, b"ready\n")
    eventually(lambda: sleeping(mark) == 2)
    parent = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()[1]
    os.kill(int(parent), signal.SIGKILL)
    with pytest.raises(ToolError, match="supervisor was killed"):
        process.wait(PATIENCE)
    eventually(lambda: sleeping(mark) == 0)


def test_a_killed_claw_takes_its_sandboxes_along(own: Box) -> None:
    mark = new_mark()
    wanted, guard = own.confinement(), str(own.folder / "guard")
    program = (
        "import os, time\nfrom claw import _native\nfrom tests.native.running import granted\n"
        f"grant = granted('(setsid sleep {mark} &); sleep {mark}')\nwanted = {wanted!r}\n"
        f"how = dict(shell='bash', cwd=wanted['workspace'], env=dict(os.environ), guard={guard!r})\n"
        "p = _native.Process(grant, confinement=_native.Confinement(**wanted), **how)\n"
        "print('ready', flush=True)\ntime.sleep(1000)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as claw:
        assert claw.stdout is not None
        assert claw.stdout.readline() == "ready\n"
        eventually(lambda: sleeping(mark) == 2)
        claw.kill()
    assert _native.wait_guard(guard, PATIENCE)
    assert sleeping(mark) == 0


def test_a_thousand_forks_are_ended_whole(own: Box) -> None:
    mark = new_mark()
    process = start(own, f"for i in $(seq 300); do sleep {mark} & done; echo ready; wait")
    read_until(process, b"ready\n")
    process.kill()
    assert ended(process) == 143
    assert sleeping(mark) == 0


def test_several_sandboxes_at_once(own: Box) -> None:
    results: list[tuple[int, bytes]] = []

    def work(number: int) -> None:
        process = start(own, f"echo {number}; exit {number}")
        output = read_all(process)
        results.append((ended(process), output))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert sorted(results) == [(n, f"{n}\n".encode()) for n in range(1, 9)]


def test_no_core_is_dumped(box: Box) -> None:
    box.run("ulimit -c unlimited; cd $PWD; kill -SEGV $$")
    assert not list(box.workspace.iterdir())


TOOLS = {
    "bash": "x=$(seq 3 | wc -l); diff <(echo 1) <(echo 1) && cat <<< ok$x",
    "git": "git init -q . && git config user.email a@b && git config user.name a && echo x > f && git add f"
    " && git commit -qm one && git log --oneline | wc -l",
    "python": "python3 -c 'import multiprocessing as m, subprocess, tempfile, threading; tempfile.mkdtemp();"
    ' p = m.Process(target=print, args=[1]); p.start(); p.join(); subprocess.run(["true"], check=True)\'',
    "gcc and make": "printf 'int main(void) { return 0; }' > a.c && printf 'a: a.c\\n\\tcc -o a a.c\\n' > Makefile"
    " && make -s -j2 && ./a",
    "node": 'node -e \'require("fs").writeFileSync("n", "x"); require("child_process").execSync("true")\'',
    "a pty of its own": "script -qec 'tty' /dev/null | grep -q pts",
    "tar": "mkdir t && echo x > t/f && tar czf t.tgz t && rm -r t && tar xzf t.tgz && cat t/f",
}


@pytest.mark.parametrize("tool", TOOLS)
def test_tools_go_on_working(box: Box, tool: str) -> None:
    path = {"PATH": "/usr/local/bin:/usr/bin:/bin"}
    if box.run(f"command -v {tool.split()[0]}", env=path)[0] and tool[:2] != "a ":
        pytest.skip(f"there is no {tool}")
    status, output = box.run(TOOLS[tool], env=path)
    assert status == 0, output


def test_a_step_that_fails_starts_nothing_and_is_named(own: Box) -> None:
    with pytest.raises(SandboxUnavailable, match="whole file system"):
        start(own, "touch started", workspace="/")
    with pytest.raises(ToolError, match="No such file"):
        start(own, "touch started", workspace=str(own.folder / "nothing"))
    assert not (own.workspace / "started").exists()


def test_without_namespaces_what_landlock_and_seccomp_hold(box: Box) -> None:
    box.put("home/.ssh/key")
    box.put("claw/log")
    _, output = box.run(
        "echo made > made; cat ~/.ssh/key ../claw/log; echo x > ../extra/x; echo x > /tmp/claw-x; unshare -Ur true;"
        " ls ~; cat /proc/$PPID/environ; kill -TERM $PPID; head -c 1 /etc/hostname > /dev/null && echo fine",
        namespaces=False,
    )
    assert output.endswith("fine\n"), output
    assert output.count("Permission denied") + output.count("Operation not permitted") == 8
    assert (box.workspace / "made").exists()
    assert "original" not in output
    sockets = "import socket\nfor f in (socket.AF_UNIX, socket.AF_INET):\n    try:\n        socket.socket(f)\n"
    sockets += "    except PermissionError:\n        print('no')\n"
    assert box.python(sockets, namespaces=False)[1] == "no\nno\n"
    assert box.python(sockets, namespaces=False, network=["*"])[1] == "no\n"
