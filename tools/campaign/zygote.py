"""A process that has imported what a run of claw needs, and forks one `claw` after another.

Importing an SDK takes a second or two; a campaign of thousands of runs pays it once. The parent opens no log and has
one thread, so a child is what a fresh `claw` is after its imports, and it runs the same entry point.

    python -m tools.campaign.zygote FD     where FD is a socket: in comes one JSON request per run with the child's
                                           stdout and stderr, out go its pid, and when it has ended its wait status
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path

import msgspec

ROOT = Path(__file__).resolve().parents[2]
IMPORTS = ("claw.cli.entry", "claw.cli.live.main", "claw.cli.live.resume", "claw.cli.live.fork", "anthropic")
LARGEST_REQUEST = 64 * 1024


class Request(msgspec.Struct, frozen=True, kw_only=True):
    arguments: list[str]
    cwd: str
    environ: dict[str, str]


@dataclass
class Run:
    """One running claw. `stdout` is a pipe to read; stderr goes to the file that was given."""

    pid: int
    stdout: int
    _zygote: socket.socket

    def wait(self) -> int:
        """Wait for its end; the exit code, or minus the signal."""
        status = int(self._zygote.recv(64))
        os.close(self.stdout)
        return os.waitstatus_to_exitcode(status)


class Zygote:
    """Starts runs, one at a time. Close it."""

    def __init__(self) -> None:
        self._socket, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with there:
            command = [sys.executable, "-m", "tools.campaign.zygote", str(there.fileno())]
            self._process = subprocess.Popen(command, pass_fds=[there.fileno()], cwd=ROOT)

    def claw(self, *arguments: str, cwd: Path, environ: dict[str, str], stderr: Path) -> Run:
        request = msgspec.json.encode(Request(arguments=list(arguments), cwd=str(cwd), environ=environ))
        reading, writing = os.pipe()
        errors = os.open(stderr, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            socket.send_fds(self._socket, [request], [writing, errors])
        finally:
            os.close(writing)
            os.close(errors)
        return Run(int(self._socket.recv(64)), reading, self._socket)

    def close(self) -> None:
        self._socket.close()
        self._process.wait()


def serve(channel: socket.socket) -> None:
    """Until the other end is closed."""
    for module in IMPORTS:
        __import__(module)
    while True:
        data, streams, _, _ = socket.recv_fds(channel, LARGEST_REQUEST, 2)
        if not data:
            return
        assert len(os.listdir("/proc/self/task")) == 1, "a fork of several threads is not a fresh process"
        pid = os.fork()
        if pid == 0:
            channel.close()
            _become_claw(msgspec.json.decode(data, type=Request), *streams)
        for stream in streams:
            os.close(stream)
        channel.send(str(pid).encode())
        channel.send(str(os.waitpid(pid, 0)[1]).encode())


def _become_claw(request: Request, stdout: int, stderr: int) -> None:
    """In the child: never returns."""
    code = 1
    try:
        null = os.open(os.devnull, os.O_RDONLY)
        for source, target in ((null, 0), (stdout, 1), (stderr, 2)):
            os.dup2(source, target)
            os.close(source)
        sys.stdout, sys.stderr = os.fdopen(1, "w", closefd=False), os.fdopen(2, "w", closefd=False)
        os.chdir(request.cwd)
        os.environ.clear()
        os.environ.update(request.environ)
        entry = sys.modules["claw.cli.entry"]
        code = entry.main(request.arguments)
        sys.stdout.flush()
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        os._exit(code)


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as given:
        serve(given)
