"""From the command to the first request that reaches a model's server; and how much memory it took."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from bench.figures import Figure, median, ratio
from bench.recorded import million, thousand
from claw import log, prompt
from claw._native import LogWriter
from claw.session import snapshots

CLAW = Path(sys.executable).parent / "claw"
TIMES = 5
PATIENCE = 60.0
"""Seconds after which a run is given up."""


class Server(HTTPServer):
    """Notes when the first request of each run arrives, and refuses it for good."""

    arrived = 0.0

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Refuse)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Refuse(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        self.server.arrived = self.server.arrived or time.perf_counter()
        self.rfile.read(int(self.headers.get("content-length", 0)))
        body = b'{"type":"error","error":{"type":"authentication_error","message":"measured"}}'
        self.send_response(401)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


def figures(folder: Path) -> Iterator[Figure]:
    """A session of 10⁶ events (95 % chunks) with a snapshot, to one of 10³."""
    long, short = million(folder), thousand(folder)
    server = Server()
    times: dict[Path, list[float]] = {long: [], short: []}
    memory: dict[Path, int] = {}
    for _ in range(TIMES):
        for path in (short, long):
            taken, memory[path] = _resume(folder, path, server)
            times[path].append(taken)
    server.shutdown()
    detail = f"{median(times[long]):.2f} s of {median(times[short]):.2f} s"
    slower = median(times[long]) / median(times[short])
    yield ratio("resume of 10^6 events to the first request, to 10^3", slower, detail, most=1.3)
    detail = f"{memory[long] / 1024:.0f} MiB of {memory[short] / 1024:.0f} MiB"
    yield ratio("resume of 10^6 events, peak memory, to 10^3", memory[long] / memory[short], detail, most=1.3)
    inside = {path: min(_open(path) for _ in range(TIMES)) for path in (short, long)}
    detail = f"{inside[long] * 1e3:.1f} ms of {inside[short] * 1e3:.1f} ms"
    yield ratio("  of it: open the log, state, request", inside[long] / inside[short], detail)


def _resume(folder: Path, path: Path, server: Server) -> tuple[float, int]:
    """Seconds to the first request; peak memory of the process in KiB. Raises RuntimeError when none arrives."""
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "CLAW_HOME": str(folder / "home"),
        "ANTHROPIC_API_KEY": "no-key-at-all",
        "ANTHROPIC_BASE_URL": server.url,
    }
    server.arrived = 0.0
    with tempfile.TemporaryFile() as complaint:
        begun = time.perf_counter()
        command = [str(CLAW), "resume", path.name, "-p", "go on"]
        process = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=complaint)
        watchdog = threading.Timer(PATIENCE, process.kill)
        watchdog.start()
        _, _, usage = os.wait4(process.pid, 0)
        watchdog.cancel()
        complaint.seek(0)
        if not server.arrived:
            raise RuntimeError(f"no request arrived: {complaint.read().decode()}")
    return server.arrived - begun, usage.ru_maxrss


def _open(path: Path) -> float:
    begun = time.perf_counter()
    writer = LogWriter.open(str(path))
    state = snapshots.restore(str(path), writer.next_seq - 1).state
    prompt.build(state, state.main, prompt.intend(state, state.main, "turn", 1))
    taken = time.perf_counter() - begun
    writer.close()
    assert log.has_events(str(path))
    return taken
