"""Hooks that a server answers: whom claw asks, what it sends, and that no answer is not a yes."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.cli.live.test_hooks import data
from tests.cli.live.world import World, text, told, tool

RUN = tool("Bash", {"command": "echo ran >ran.txt"})
DENY = {"hookSpecificOutput": {"hookEventName": "PreToolUse", "permissionDecision": "deny"}}


@contextmanager
def serving(status: int, said: str, location: str = "") -> Iterator[tuple[str, list[tuple[Any, dict[str, str]]]]]:
    """A server on this machine: its address, and what was posted to it, with the headers."""
    heard: list[tuple[Any, dict[str, str]]] = []

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            heard.append((json.loads(body), {name.lower(): value for name, value in self.headers.items()}))
            self.send_response(status)
            if location:
                self.send_header("location", location)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(said)))
            self.end_headers()
            self.wfile.write(said.encode())

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook", heard
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def configure(world: World, url: str, event: str = "PreToolUse", **more: Any) -> None:
    path = world.home / ".claude" / "settings.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"hooks": {event: [{"hooks": [{"type": "http", "url": url, **more}]}]}}))


def test_a_server_is_told_and_its_denial_holds(world: World) -> None:
    with serving(200, json.dumps(DENY)) as (url, heard):
        sent = {"Authorization": "Bearer $HOOK_WORD", "X-Other": "${HOME}-"}
        configure(world, url, headers=sent, allowedEnvVars=["HOOK_WORD"])
        world.environ["HOOK_WORD"] = "word-of-the-hook"
        world.serve(RUN, text("Then not.", expect=["denies this"]))
        done = world.run("-p", "Run it.", "--allowed-tools", "Bash")
        assert done.stdout == b"Then not.\n", told(done)
    ((given, headers),) = heard
    assert (given["hook_event_name"], given["tool_input"]) == ("PreToolUse", {"command": "echo ran >ran.txt"})
    assert (headers["authorization"], headers["x-other"]) == ("Bearer word-of-the-hook", "-")
    assert not (world.workspace / "ran.txt").exists()
    (asked,) = data(world, "hook.requested")
    assert (asked["type"], asked["headers"]) == ("http", sent)
    assert "word-of-the-hook" not in world.run("log", "@last", "--json").stdout.decode()
    assert world.run("replay", "@last").returncode == 0


@pytest.mark.parametrize("how", ["fails", "redirects", "says no JSON", "is not there", "lies elsewhere"])
def test_no_answer_is_not_a_yes(world: World, how: str) -> None:
    with (
        serving(200, "{}") as (other, never),
        serving({"fails": 500, "redirects": 307}.get(how, 200), "{oh", other if how == "redirects" else "") as (url, _),
    ):
        url = {"is not there": "http://127.0.0.1:1/", "lies elsewhere": "http://hooks.example/"}.get(how, url)
        configure(world, url)
        world.serve(RUN, text("Then not."))
        assert world.run("-p", "Run it.", "--allowed-tools", "Bash").stdout == b"Then not.\n"
    assert never == []
    assert not (world.workspace / "ran.txt").exists()
    (finished,) = data(world, "hook.finished")
    assert finished["outcome"] == "unreadable"
    if how == "lies elsewhere":
        assert "neither this machine nor one of the domains" in finished["reason"]


def test_a_repositorys_hook_tells_nobody_before_it_is_trusted(world: World) -> None:
    with serving(200, "Mind the tests.") as (url, heard):
        path = world.workspace / ".claude" / "settings.json"
        path.parent.mkdir()
        path.write_text(json.dumps({"hooks": {"SessionStart": [{"hooks": [{"type": "http", "url": url}]}]}}))
        world.serve(text("Hello."), text("Hello.", expect=["Mind the tests."]))
        assert world.run("-p", "hi").returncode == 0
        assert heard == []
        assert world.run("-p", "hi", "--trust").returncode == 0
        assert len(heard) == 1
