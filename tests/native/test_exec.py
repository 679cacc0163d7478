"""`claw._native.Process`: what a command is given, and what comes back."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import msgspec
import pytest

from claw import _native
from claw.errors import ToolError
from tests.native.running import PATIENCE, Shell, ended, eventually, granted, read_all, read_until


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("true", 0),
        ("false", 1),
        ("exit 3", 3),
        ("exit 255", 255),
        ("kill -TERM $$", 143),
        ("kill -KILL $$", 137),
        ("kill -SEGV $$", 139),
        ("nosuchcommand", 127),
    ],
)
def test_exit_status(shell: Shell, line: str, status: int) -> None:
    assert shell.run(line)[0] == status


def test_wait_gives_the_same_answer_every_time(shell: Shell) -> None:
    process = shell.bash("exit 7")
    assert [ended(process), process.wait(0), process.wait(0)] == [7, 7, 7]


def test_stdout_and_stderr_come_in_the_order_they_were_written(shell: Shell) -> None:
    assert (
        shell.run("for i in 1 2 3; do echo out$i; echo err$i >&2; done")[1] == b"out1\nerr1\nout2\nerr2\nout3\nerr3\n"
    )


def test_a_socket_for_its_input_is_one_to_talk_over(shell: Shell) -> None:
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            process = _native.Process(
                granted("exec 2>&1 1>&0; read -r line; echo got $line; echo aside >&2; read -r line; exit $line"),
                shell="/bin/sh",
                cwd=str(shell.folder),
                env={},
                guard=shell.guard,
                input=theirs.fileno(),
            )
        ours.sendall(b"hello\n")
        assert ours.recv(100) == b"got hello\n"
        assert process.wait(0) is None
        ours.sendall(b"7\n")
        assert ended(process) == 7
        assert read_all(process) == b"aside\n"
        assert ours.recv(100) == b"", "nobody holds the other end any more"
    with pytest.raises(OSError, match="Bad file descriptor"):
        _native.Process(granted("true"), shell="/bin/sh", cwd="/", env={}, guard=shell.guard, input=-1)


def test_output_comes_while_the_command_runs(shell: Shell) -> None:
    os.mkfifo(shell.folder / "fifo")
    process = shell.bash("echo first; read -r line < fifo; echo $line")
    assert read_until(process, b"first\n") == b"first\n"
    assert process.read(0) is None
    assert process.wait(0) is None
    (shell.folder / "fifo").write_text("second\n")
    assert read_all(process) == b"second\n"
    assert ended(process) == 0


def test_ten_megabytes_of_any_bytes(shell: Shell) -> None:
    status, output = shell.run("head -c 10485760 /dev/urandom | tee copy")
    assert status == 0
    assert output == (shell.folder / "copy").read_bytes()
    assert len(output) == 10485760


def test_a_read_is_never_larger_than_promised(shell: Shell) -> None:
    process = shell.bash("head -c 1000000 /dev/zero")
    sizes = []
    while piece := process.read(PATIENCE):
        sizes.append(len(piece))
    assert sum(sizes) == 1000000
    assert max(sizes) <= 65536
    assert process.read(0) == b""


def test_output_that_nobody_reads_holds_the_command_until_it_is_killed(shell: Shell) -> None:
    process = shell.bash("head -c 10000000 /dev/zero; touch done")
    assert process.wait(0.1) is None
    process.kill()
    assert ended(process) == 143
    assert not (shell.folder / "done").exists()


def test_a_reader_that_leaves_is_a_broken_pipe(shell: Shell) -> None:
    # With SIGPIPE ignored, as Python has it, `yes` would complain instead of ending.
    assert shell.run("yes | head -n 1; echo ${PIPESTATUS[0]}")[1] == b"y\n141\n"


def test_stdin_is_empty(shell: Shell) -> None:
    assert shell.run("cat; readlink /proc/self/fd/0")[1] == b"/dev/null\n"


def test_stdin_is_what_was_given_and_nobody_waits_for_it_to_be_read(shell: Shell) -> None:
    much = os.urandom(10_000_000)
    assert read_all(shell.bash("cat; cat", stdin=much)) == much
    assert read_all(shell.bash("true", stdin=much)) == b""


def test_a_grant_starts_one_command_and_no_other(shell: Shell) -> None:
    def start(grant: _native.Grant) -> _native.Process:
        return _native.Process(grant, shell="sh", cwd=str(shell.folder), env={}, guard=shell.guard)

    grant = granted("echo granted")
    assert read_all(start(grant)) == b"granted\n"
    with pytest.raises(ToolError, match="used already"):
        start(grant)
    nothing = msgspec.msgpack.encode(("Write", {"content": "echo x"}, ()))
    with pytest.raises(ToolError, match="no command"):
        start(_native.Grant(nothing, _native.blake3(nothing), "command"))
    with pytest.raises(ToolError, match="not the call that was granted"):
        _native.Grant(nothing, _native.blake3(b"echo granted"))


def test_the_environment_is_exactly_what_was_given(shell: Shell) -> None:
    line = "tr '\\0' '\\n' < /proc/$$/environ"
    process = shell.bash(line, env={"B": "2\n=x", "A": "ü", "E": "", "PATH": "/usr/bin:/bin"})
    expected = ["A=ü", "B=2", "=x", "E=", "PATH=/usr/bin:/bin", ""]
    assert sorted(read_all(process).decode().split("\n")) == sorted(expected)
    assert shell.bash("/usr/bin/tr a a < /proc/$$/environ", env={}).read(PATIENCE) == b""


def test_the_working_directory(shell: Shell, tmp_path: Path) -> None:
    assert shell.run("pwd -P")[1].decode().strip() == str(tmp_path.resolve())


def test_arguments_arrive_as_they_are(shell: Shell) -> None:
    line = "printf '%s|' $0 $# 'a b' '' '$x' 'ü\n' '*'"
    assert shell.run(line)[1].decode() == "/bin/bash|0|a b||$x|ü\n|*|"


def test_no_descriptor_of_claws_is_inherited(shell: Shell, tmp_path: Path) -> None:
    with open(tmp_path / "open", "w") as leaked:
        os.set_inheritable(leaked.fileno(), True)
        others = [shell.bash("sleep 60") for _ in range(3)]
        output = read_all(shell.bash("exec ls /proc/self/fd"))
        for other in others:
            other.kill()
            ended(other)
    # The last is the directory that ls reads.
    assert output.split() == [b"0", b"1", b"2", b"3"]


def test_signals_are_as_a_shell_expects_them(shell: Shell) -> None:
    """Signals 32 and 33 are the C library's own: no program can change what becomes of them."""
    status = shell.run("grep -E 'Sig(Blk|Ign)' /proc/self/status")[1].decode().split()
    assert [status[0], status[2]] == ["SigBlk:", "SigIgn:"]
    assert [int(mask, 16) & ~(0b11 << 31) for mask in (status[1], status[3])] == [0, 0]


def test_no_core_is_dumped(shell: Shell) -> None:
    assert shell.run("ulimit -c")[1] == b"0\n"


def test_the_command_leads_a_session_of_its_own(shell: Shell) -> None:
    process = shell.bash("ps -o pid=,pgid=,sid= $$")
    assert read_all(process).split() == [str(process.pid).encode()] * 3
    assert os.getsid(0) != process.pid


def test_claw_keeps_no_zombie_and_no_descriptor(shell: Shell) -> None:
    def zombies() -> set[str]:
        command = ["ps", "-o", "stat=,pid=", "--ppid", str(os.getpid())]
        lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
        return {line for line in lines if line.startswith("Z")}

    shell.run("true")
    before, dead = len(os.listdir("/proc/self/fd")), zombies()
    for _ in range(20):
        shell.run("true")
        with pytest.raises(ToolError):
            shell.start("nosuchprogram", "")
        with pytest.raises(ToolError):
            shell.start("/etc/passwd", "")
    assert len(os.listdir("/proc/self/fd")) == before
    assert zombies() <= dead


def test_a_process_that_nobody_holds_is_ended_and_reaped(shell: Shell) -> None:
    shell.bash("sleep 1000")
    assert _native.wait_guard(shell.guard, PATIENCE)
    shell.run("true")


def test_what_cannot_be_started(shell: Shell, tmp_path: Path) -> None:
    def why(program: str, line: str = "true", **changes: object) -> str:
        keywords = {"cwd": str(tmp_path), "env": {"PATH": "/usr/bin:/bin"}, "guard": shell.guard} | changes
        with pytest.raises(ToolError) as caught:
            _native.Process(granted(line), shell=program, **keywords)  # type: ignore[arg-type]
        return str(caught.value)

    (tmp_path / "script").write_text("echo hi")
    (tmp_path / "script").chmod(0o755)
    (tmp_path / "plain").write_text("echo hi")
    assert "no program" in why("")
    assert "`nosuch` was not found" in why("nosuch")
    assert "`./nosuch` was not found" in why("./nosuch")
    assert "`ls` was not found" in why("ls", env={"PATH": "/nowhere"})
    assert "Permission denied" in why("./plain")
    assert "Permission denied" in why("./")
    assert "Exec format error" in why("./script")
    assert "an argument holds a NUL" in why("ls", "a\0b")
    assert "an environment variable holds a NUL" in why("ls", env={"PATH": "/bin", "A": "\0"})
    assert "no name of an environment variable" in why("ls", env={"PATH": "/bin", "A=B": "1"})
    assert "no name of an environment variable" in why("ls", env={"PATH": "/bin", "": "1"})
    assert "No such file or directory" in why("ls", cwd="/nowhere")
    assert "not a directory" in why("ls", cwd=str(tmp_path / "plain"))
    assert "the working directory holds a NUL" in why("ls", cwd="/\0") or "NUL" in why("ls", cwd="/\0")
    assert "guard" in why("ls", guard="/nowhere/guard")
    assert _native.wait_guard(shell.guard, PATIENCE)


def test_a_program_is_found_along_the_path_that_was_given(shell: Shell, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "tool").write_text(f"#!/bin/sh\necho {name}\n")
    (tmp_path / "b" / "tool").chmod(0o755)
    assert read_all(shell.start("tool", "", env={"PATH": "a:b"})) == b"b\n"
    assert read_all(shell.start("b/tool", "", env={})) == b"b\n"
    assert read_all(shell.start("sh", "echo x", env={})) == b"x\n"


def test_several_threads_at_once(shell: Shell) -> None:
    results: list[tuple[int, bytes]] = []

    def work(number: int) -> None:
        results.append(shell.run(f"echo {number}; exit {number}"))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(1, 17)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert sorted(results) == [(n, f"{n}\n".encode()) for n in range(1, 17)]


def test_waiting_and_reading_do_not_hold_the_gil_or_each_other(shell: Shell) -> None:
    process = shell.bash("sleep 1000")
    statuses: list[int | None] = []
    pieces: list[bytes | None] = []
    threads = [
        threading.Thread(target=lambda: statuses.append(process.wait(PATIENCE))),
        threading.Thread(target=lambda: statuses.append(process.wait(PATIENCE))),
        threading.Thread(target=lambda: pieces.append(process.read(PATIENCE))),
    ]
    for thread in threads:
        thread.start()
    process.kill()
    for thread in threads:
        thread.join(PATIENCE)
    assert statuses == [143, 143]
    assert pieces == [b""]


def test_an_interrupt_reaches_python_while_it_waits(tmp_path: Path) -> None:
    program = (
        "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from claw import _native\n"
        "from tests.native.running import granted\n"
        f"guard = {str(tmp_path / 'guard')!r}\n"
        "p = _native.Process(granted('sleep 1000'), shell='sh', cwd='/', env={}, guard=guard)\n"
        "try:\n    print('ready', flush=True)\n    p.wait(1000)\n"
        "except KeyboardInterrupt:\n    print('interrupted')\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        child.send_signal(signal.SIGINT)
        assert child.communicate(timeout=PATIENCE)[0] == "interrupted\n"
    assert _native.wait_guard(str(tmp_path / "guard"), PATIENCE)


def test_timeouts_that_make_no_sense_are_no_waits(shell: Shell) -> None:
    process = shell.bash("sleep 1000")
    assert process.wait(-1) is None
    assert process.read(float("nan")) is None
    process.kill()
    assert process.wait(float("inf")) == 143
    eventually(lambda: process.read(0) == b"")
