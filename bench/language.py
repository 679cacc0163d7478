"""How long a warm language server's diagnostics take through claw, to its own answer to a bare client."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.figures import Figure, median, ratio
from claw.events.tool import PathFact, ToolStarted
from claw.execution.confinement import available
from claw.execution.context import ToolContext
from claw.execution.environment import for_tools
from claw.execution.language.known import KNOWN
from claw.execution.language.late import Languages
from claw.handlers.diagnostics import Watch
from claw.tools.base import Outcome

TIMES = 15
SERVER = Path(sys.executable).parent / "basedpyright-langserver"
TEXTS = ("claw/runtime/__init__.py", "claw/execution/language/server.py")
"""Files of claw's own stand for what is edited."""


def figures(folder: Path) -> Iterator[Figure]:
    """From the file on disk to the words for the model, against a request and its answer; by turns."""
    if not SERVER.exists() or not available().namespaces:
        print("no basedpyright here, or nothing to confine it with", file=sys.stderr)
        return
    yield from asyncio.run(_measured(folder, [Path(name).read_text() for name in TEXTS]))


async def _measured(folder: Path, texts: list[str]) -> list[Figure]:
    workspace = folder / "work"
    workspace.mkdir()
    os.environ["PATH"] = f"{SERVER.parent}{os.pathsep}{os.environ['PATH']}"
    here = str(workspace)
    context = ToolContext(
        workspace=here,
        home=str(folder),
        claw_home=str(folder / "claw"),
        guard=str(folder / "guard"),
        environment=for_tools(os.environ),
        languages=Languages(),
    )
    bare = _Bare(here)
    found = []
    try:
        for number, text in enumerate(texts):
            path = workspace / f"module{number}.py"
            ours: list[float] = []
            theirs: list[float] = []
            for turn in range(TIMES + 2):
                changed = f"{text}\nunknown_{turn}\n"
                ours.append(await _through_claw(path, changed, context))
                begun = time.perf_counter()
                count = bare.problems(f"file://{here}/bare{number}.py", changed)
                theirs.append(time.perf_counter() - begun)
                assert count, "it finds what is broken"
            # The first ones warm it up.
            one, other = median(ours[2:]), median(theirs[2:])
            detail = f"{one * 1e3:.1f} ms of {other * 1e3:.1f} ms"
            lines = text.count("\n")
            found.append(ratio(f"diagnostics of an edit ({lines} lines), to the server", one / other, detail, most=1.2))
    finally:
        bare.close()
        assert context.languages is not None
        await context.languages.close()
    return found


async def _through_claw(path: Path, text: str, context: ToolContext) -> float:
    """Seconds that a call waits for what is new in this text: looked at before, written, looked at, told."""
    assert context.languages is not None
    fact = PathFact(parameter="file_path", given=path.name, canonical=path.name, inside=True)
    intent = ToolStarted(request=1, name="", arguments={}, paths=(fact,))
    watch = Watch(context.languages.servers, context)
    begun = time.perf_counter()
    await watch.begin(intent)
    took = time.perf_counter() - begun
    path.write_text(text)  # noqa: ASYNC240, nothing else is to run meanwhile
    begun = time.perf_counter()
    await watch.look()
    outcome, _ = await watch.told(Outcome(""), lambda _: None)
    took += time.perf_counter() - begun
    assert "reportUndefinedVariable" in str(outcome.content), outcome.content
    return took


class _Bare:
    """The least that speaks with a server: it is told a text, and asked what is wrong with it."""

    def __init__(self, workspace: str) -> None:
        command = [str(SERVER), "--stdio"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=workspace)
        self._versions: dict[str, int] = {}
        self._last = 0
        uri = f"file://{workspace}"
        diagnostics = {"diagnostic": {"dynamicRegistration": True}}
        capabilities = {"workspace": {"configuration": True}, "textDocument": diagnostics}
        about = {"processId": None, "rootUri": uri, "capabilities": capabilities}
        self._ask("initialize", about | {"workspaceFolders": [{"uri": uri, "name": "work"}]})
        self._send({"method": "initialized", "params": {}})

    def problems(self, uri: str, text: str) -> int:
        version = self._versions[uri] = self._versions.get(uri, 0) + 1
        document: dict[str, Any] = {"uri": uri, "version": version}
        if version == 1:
            document |= {"languageId": "python", "text": text}
            self._send({"method": "textDocument/didOpen", "params": {"textDocument": document}})
        else:
            changes = {"textDocument": document, "contentChanges": [{"text": text}]}
            self._send({"method": "textDocument/didChange", "params": changes})
        return len(self._ask("textDocument/diagnostic", {"textDocument": {"uri": uri}})["items"])

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()

    def _ask(self, method: str, params: dict[str, Any]) -> Any:
        self._last += 1
        self._send({"id": self._last, "method": method, "params": params})
        while True:
            message = self._receive()
            if "method" in message and "id" in message:
                # It is asked for as much as claw asks of it.
                items = (message.get("params") or {}).get("items", ())
                self._send({"id": message["id"], "result": [KNOWN[0].settings.get(item["section"]) for item in items]})
            elif message.get("id") == self._last and "method" not in message:
                return message["result"]

    def _send(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self._process.stdin.flush()

    def _receive(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        length = 0
        while (line := self._process.stdout.readline()).strip():
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        message: dict[str, Any] = json.loads(self._process.stdout.read(length))
        return message
