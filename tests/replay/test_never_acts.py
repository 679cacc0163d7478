"""Replay never acts: no network, no process, no file opened to write, no file made, moved or removed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.replay.goldens import SESSIONS

ROOT = Path(__file__).parent.parent.parent

WATCHED = """
import os, sys
from pathlib import Path
from claw.cli.offline.verify import judge
from claw.replay import replay, report

ACTS = ("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.spawn", "os.remove",
        "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate", "os.chmod", "os.kill",
        "shutil.", "tempfile.", "ctypes.", "webbrowser.")

def watch(event, arguments):
    if event.startswith(ACTS):
        raise SystemExit(f"replay did {event} {arguments}")
    if event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC):
        raise SystemExit(f"replay opened {arguments[0]} to write")

sys.addaudithook(watch)
SOMETHING
for path in sys.argv[1:]:
    result = replay(path)
    assert result.ok, report(result)
    assert judge(Path(path)).code == 0
print("replayed", len(sys.argv) - 1)
"""


def watched(something: str = "", *, trace: Path | None = None) -> subprocess.CompletedProcess[str]:
    script = WATCHED.replace("SOMETHING", something)
    command = [sys.executable, "-c", script, *map(str, SESSIONS)]
    if trace is not None:
        calls = "trace=network,process,open,openat,creat,unlink,unlinkat,rename,renameat,renameat2,mkdir,mkdirat,write"
        command = ["strace", "-f", "-qq", "-o", str(trace), "-e", calls, *command]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def test_python_does_nothing_but_read() -> None:
    done = watched()
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"replayed {len(SESSIONS)}\n"


@pytest.mark.parametrize(
    "something",
    ["import socket; socket.socket()", "import subprocess; subprocess.run(['true'])", "open('/tmp/claw-acts', 'w')"],
)
def test_the_watch_would_notice(something: str) -> None:
    assert watched(something).returncode != 0


def test_the_kernel_sees_nothing_but_reading_of_the_sessions(tmp_path: Path) -> None:
    """The Rust half has no audit hook, so its system calls are looked at."""
    trace = tmp_path / "trace"
    done = watched(trace=trace)
    assert done.returncode == 0, done.stderr
    lines = trace.read_text().splitlines()
    first = next(n for n, line in enumerate(lines) if ".seg" in line)
    acts = [line for line in lines[first:] if is_act(line)]
    assert acts == []
    assert any(".seg" in line and "O_RDONLY" in line for line in lines)


def is_act(line: str) -> bool:
    """A system call that changes something or talks to somebody; its own answer on stdout is none."""
    call = line.split(maxsplit=1)[1]
    if call.startswith(("open", "creat")):
        return any(flag in call for flag in ("O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC"))
    if call.startswith("write("):
        return not call.startswith(("write(1,", "write(2,"))
    return call.startswith(("socket", "connect", "send", "bind", "fork", "vfork", "exec", "unlink", "rename", "mkdir"))
