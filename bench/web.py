"""How long WebFetch takes for 5 MB from a server on this machine, to curl."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec

from bench.figures import Figure, median, ratio, seconds
from claw import _native
from claw.execution.context import Facts, ToolContext
from claw.tools.acts.web_fetch import run

SIZE = 5_000_000
TIMES = 20
PAGES = {
    "prose": "<p>The quick brown fox jumps over the lazy dog, and does it again and again.</p>\n",
    "markup": "<li><a href='/x?a=1&amp;b=2'><b>a</b> <i>b</i></a> &amp; <code>c</code></li>",
    "one text": "word ",
    "scripts": f"<script>{'if (a < b) { c(); } ' * 1000}</script>",
}


def figures(folder: Path) -> Iterator[Figure]:
    """From the call to its result, against curl, which writes the page nowhere; by turns."""
    curl = shutil.which("curl")
    if curl is None:
        print("no curl here to compare with", file=sys.stderr)
        return
    bodies = {name: f"<html><body>{piece * (SIZE // len(piece))}".encode() for name, piece in PAGES.items()}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = bodies[self.path.split("/")[1].replace("-", " ")]
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for name in PAGES:
        url = f"http://127.0.0.1:{server.server_port}/{name.replace(' ', '-')}"
        ours, theirs = [], []
        for number in range(TIMES):
            ours.append(seconds(lambda: asyncio.run(_fetch(folder, f"{url}/{number}"))))  # noqa: B023
            theirs.append(seconds(lambda: subprocess.run([curl, "-s", "-o", "/dev/null", url], check=True)))  # noqa: B023
        detail = f"{median(ours) * 1e3:.1f} ms of {median(theirs) * 1e3:.1f} ms"
        yield ratio(f"WebFetch of 5 MB ({name}), to curl", median(ours) / median(theirs), detail, most=3)
    server.shutdown()


async def _fetch(folder: Path, url: str) -> None:
    arguments: dict[str, Any] = {"url": url}
    call = msgspec.msgpack.encode(("WebFetch", arguments, ()))
    here = str(folder)
    context = ToolContext(workspace=here, home=here, claw_home=here, guard=f"{here}/guard", environment={})
    outcome = await run(arguments, Facts(_native.Grant(call, _native.blake3(call))), context, lambda _: None)
    assert not outcome.is_error, outcome.content
