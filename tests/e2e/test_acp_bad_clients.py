"""Clients that are broken or mean harm: each gets an error that says why, and every session goes on or ends whole."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest

from claw.cli.acp.wire import ROOM, Wire
from claw.cli.programs.stdin import MOST
from tests.cli.live.world import World, told, tool
from tests.cli.live.world import text as says
from tests.e2e.acp.client import Editor, Message, said
from tests.native.running import eventually

Start = Callable[..., Editor]


def error(one: Editor, line: bytes) -> tuple[object, int]:
    """The answer to a line that is not taken: its id, and the error's code."""
    before = len(one.heard)
    one.write(line + b"\n")
    answer = one.wait(lambda message: "error" in message and message in one.heard[before:])
    assert answer["error"]["message"]
    return answer["id"], answer["error"]["code"]


def at_work(one: Editor, session: str) -> None:
    assert one.prompt(session, "Go.") == "end_turn"


@pytest.mark.parametrize(
    ("line", "id", "code"),
    [
        (b"{", None, -32700),
        (b"\xff\xfe", None, -32700),
        (b"[" * 100_000, None, -32700),
        (b'{"a": "\\ud800"}', None, -32700),
        (b"7", None, -32600),
        (b'[{"jsonrpc": "2.0", "id": 1, "method": "initialize"}]', None, -32600),
        (b'{"id": 8, "method": "initialize"}', 8, -32600),
        (b'{"jsonrpc": "1.0", "id": "a", "method": "initialize"}', "a", -32600),
        (b'{"jsonrpc": "2.0", "id": 1.5, "method": "initialize"}', None, -32600),
        (b'{"jsonrpc": "2.0", "id": true, "method": "initialize"}', None, -32600),
        (b'{"jsonrpc": "2.0", "id": 9, "method": 7}', 9, -32600),
        (b'{"jsonrpc": "2.0", "id": 9}', 9, -32600),
        (b'{"jsonrpc": "2.0"}', None, -32600),
        (b'{"jsonrpc": "2.0", "id": 10, "method": "no/such"}', 10, -32601),
        (b'{"jsonrpc": "2.0", "id": 10, "method": "_zed.dev/x", "params": {}}', 10, -32601),
        (b'{"jsonrpc": "2.0", "id": 10, "method": "session/delete", "params": {"sessionId": "x"}}', 10, -32601),
        (b'{"jsonrpc": "2.0", "id": 10, "method": "session/new"}', 10, -32602),
        (b'{"jsonrpc": "2.0", "id": 10, "method": "session/new", "params": [1]}', 10, -32602),
        (b'{"jsonrpc": "2.0", "id": 10, "method": "session/new", "params": {"cwd": 1}}', 10, -32602),
        (
            b'{"jsonrpc": "2.0", "id": 10, "method": "session/new", "params": {"cwd": "/\\u0000", "mcpServers": []}}',
            10,
            -32602,
        ),
        (b'{"jsonrpc": "2.0", "id": 10, "method": "session/prompt", "params": {"sessionId": 7}}', 10, -32602),
        (b'{"jsonrpc": "2.0", "id": 10, "method": "initialize", "params": {"protocolVersion": 1}}', 10, -32600),
    ],
)
def test_a_message_that_is_none_costs_no_other(world: World, editor: Start, line: bytes, id: object, code: int) -> None:
    world.serve(says("Yes."))
    one = editor()
    one.initialize()
    session = one.new()
    assert error(one, line) == (id, code)
    at_work(one, session)
    assert one.leave() == 0


def test_what_comes_before_initialize_is_refused(world: World, editor: Start) -> None:
    one = editor()
    refused = one.refused("session/new", cwd=str(world.workspace), mcpServers=[])
    assert (refused["code"], refused["message"]) == (-32600, "session/new comes before initialize")
    assert one.refused("initialize")["code"] == -32602
    one.initialize()
    one.new()


def test_a_line_of_32_mb_is_refused_and_not_kept(world: World, editor: Start) -> None:
    world.serve(says("Yes."))
    one = editor()
    one.initialize()
    session = one.new()
    assert error(one, b'{"jsonrpc": "2.0", "id": 5, "method": "x", "params": "' + b"x" * MOST + b'"}') == (None, -32700)
    at_work(one, session)


def test_half_a_line_at_the_end_is_no_message(world: World, editor: Start) -> None:
    one = editor()
    one.initialize()
    session = one.new()
    one.write(b'{"jsonrpc": "2.0", "id": 77, "method": "session/pro')
    assert one.leave() == 0
    assert one.heard[-1]["error"]["code"] == -32700
    assert world.events(session)[-1]["kind"] == "session.ended"


def test_notifications_and_answers_about_nothing_are_passed_over(world: World, editor: Start) -> None:
    world.serve(says("Yes."))
    one = editor()
    one.initialize()
    session = one.new()
    one.notify("session/cancel", sessionId="none")
    one.notify("session/cancel", sessionId=session)
    one.notify("session/cancel")
    one.notify("$/cancel_request", requestId="none")
    one.notify("$/cancel_request", requestId=None)
    one.notify("_zed.dev/file_opened", path="x")
    one.say(id=1, result={})
    one.say(id="x", error={"code": 1, "message": "x"})
    one.say(id=[], result={})
    at_work(one, session)


def test_one_id_at_a_time(world: World, editor: Start) -> None:
    """The second request with the id of one that has no answer is refused; the first gets its own."""
    world.serve({**says(*["piece "] * 20), "pace": 0.05}, says("Again."))
    one = editor()
    one.initialize()
    session = one.new()
    turn = one.begin("session/prompt", sessionId=session, prompt=said("Go."))
    one.say(id=turn, method="session/list", params={})
    refused = one.answer(turn)
    assert refused["error"]["code"] == -32600
    assert "has no answer yet" in refused["error"]["message"]
    ended = one.wait(lambda message: message.get("id") == turn and "result" in message)
    assert ended["result"] == {"stopReason": "end_turn"}


def memory(one: Editor) -> int:
    """The most memory that it has had, in MB."""
    status = Path(f"/proc/{one.process.pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) // 1024


def test_a_client_that_does_not_read_holds_up_no_log(world: World, editor: Start) -> None:
    """The turn goes on to its end, memory stays within bounds, and once the client reads it is told all of it."""
    size, count = 20_000, 1_500
    world.serve(says(*["x" * size] * count))
    one = editor()
    one.initialize()
    session = one.new()
    before = memory(one)
    one.paused.clear()
    one.begin("session/list")
    turn = one.begin("session/prompt", sessionId=session, prompt=said("Go."))
    eventually(lambda: "turn.finished" in world.kinds(session))
    assert memory(one) < before + 4 * size * count // 1_000_000
    one.paused.set()
    assert one.answer(turn)["result"] == {"stopReason": "end_turn"}
    assert len(one.text()) == size * count
    assert one.leave() == 0


def test_a_client_that_reads_no_more_is_left(world: World, editor: Start) -> None:
    world.serve(says(*["x" * 20_000] * 500))
    one = editor()
    one.initialize()
    session = one.new()
    one.paused.clear()
    one.begin("session/list")
    one.begin("session/prompt", sessionId=session, prompt=said("Go."))
    eventually(lambda: "turn.finished" in world.kinds(session))
    assert one.process.stdin is not None
    one.process.stdin.close()
    assert one.process.wait(30) == 0
    assert world.events(session)[-1]["kind"] == "session.ended"


def test_a_client_that_has_closed_its_end_is_left(world: World) -> None:
    running = world.spawn("acp", stdin=subprocess.PIPE)
    assert running.stdin is not None
    assert running.stdout is not None
    assert running.stderr is not None
    running.stdout.close()
    request = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": 1}}
    running.stdin.write(json.dumps(request).encode() + b"\n")
    running.stdin.flush()
    assert running.wait(30) == 0
    assert running.stderr.read() == b""
    for pipe in (running.stdin, running.stderr):
        pipe.close()


def test_many_requests_at_once_are_all_answered(world: World, editor: Start) -> None:
    one = editor()
    one.initialize()
    asked = [one.begin("session/list") for _ in range(1_000)]
    for id in asked:
        assert one.answer(id)["result"] == {"sessions": []}


def test_sessions_are_bounded(world: World, editor: Start) -> None:
    one = editor()
    one.initialize()
    made = [one.new() for _ in range(64)]
    refused = one.refused("session/new", cwd=str(world.workspace), mcpServers=[])
    assert (refused["code"], refused["data"]["hint"]) == (-32600, "close one")
    one.ask("session/close", sessionId=made[0])
    one.new()


@pytest.mark.parametrize("how", ["settings", "damaged", "no home", "no folder for sessions"])
def test_what_is_wrong_on_the_disk_is_said_to_who_asks(world: World, editor: Start, how: str) -> None:
    """And whoever asks for something else gets it."""
    session, words = "", ""
    if how == "damaged":
        one = editor()
        one.initialize()
        session = one.new()
        assert one.leave() == 0
        segment = next((world.claw_home / "sessions" / session).glob("*.seg"))
        data = bytearray(segment.read_bytes())
        data[300] ^= 1
        segment.write_bytes(data)
        words = "damaged"
    if how == "no home":
        world.environ |= {"CLAW_HOME": "/proc/none"}
        words = "cannot make /proc/none"
    if how == "no folder for sessions":
        world.claw_home.mkdir()
        (world.claw_home / "sessions").write_text("")
        words = "cannot make"
    if how == "settings":
        settings = world.home / ".claude/settings.json"
        settings.parent.mkdir()
        settings.write_text("{")
        words = "settings.json"
    other = editor()
    other.initialize()
    place: dict[str, Any] = {"cwd": str(world.workspace), "mcpServers": []}
    answer: Message = other.answer(
        other.begin("session/load", sessionId=session, **place) if session else other.begin("session/new", **place)
    )
    if how == "settings":
        assert words in json.dumps(answer) or "result" in answer
    else:
        assert words in answer["error"]["message"], answer
    assert other.refused("no/such")["code"] == -32601


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--permission-timeout", "soon"), "--permission-timeout must be"),
        (("--permission-mode", "none"), "no permission mode"),
        (("-p", "x"), "-p"),
    ],
)
def test_flags_that_cannot_be(world: World, flags: tuple[str, ...], words: str) -> None:
    done = world.run("acp", *flags)
    assert done.returncode == 2
    assert words in told(done)
    assert done.stdout == b""


def test_what_waits_to_be_written_is_bounded() -> None:
    """Whoever has more to tell waits until the client has read."""
    reading, writing = os.pipe()
    sent: list[int] = []

    async def tell() -> None:
        wire = Wire(writing, lambda: None)
        async with anyio.create_task_group() as tasks:

            async def send() -> None:
                for number in range(100):
                    await wire.send({"method": "x", "params": "x" * 1_000_000})
                    sent.append(number)

            tasks.start_soon(send)
            with anyio.move_on_after(1):
                await anyio.sleep_forever()
            assert ROOM // 1_000_000 <= len(sent) <= ROOM // 1_000_000 + 2
            reader = threading.Thread(target=lambda: [None for _ in iter(lambda: os.read(reading, 1 << 20), b"")])
            reader.start()
        wire.close(10)
        os.close(writing)
        reader.join()

    anyio.run(tell)
    os.close(reading)
    assert len(sent) == 100


def test_nothing_but_messages_reaches_standard_output() -> None:
    """Whatever prints to it, and whatever writes to its descriptor."""
    code = """
import os, sys
from claw.cli.acp.wire import standard_output
output = standard_output()
print("noise", flush=True)
os.write(1, b"more noise")
os.write(output, b"a message")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout == b"a message"
    assert done.stderr == b"noise\nmore noise"


def test_what_models_write_is_harmless_in_titles_and_texts(world: World, editor: Start) -> None:
    evil = "\x1b]52;c;aGk=\x07\u202eEvil\n"
    world.serve(tool(f"No{evil}", {}), tool("Read", {"file_path": f"a{evil}b"}), says(f"Text {evil}"))
    one = editor()
    one.initialize()
    at_work(one, one.new())
    titles = [update["title"] for update in one.updates() if "title" in update]
    assert titles
    for shown in (*titles, one.text()):
        assert not set("\x1b\x07\u202e") & set(shown)
    assert not any("\n" in title for title in titles)
