"""A server that sends without end, as fast as it can: the person and the limits are heard, and the log keeps up."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator

import pytest

from tests.cli.live.test_headless import until
from tests.cli.live.world import CLAW, PATIENCE, World, told
from tests.providers.raw_server import HEAD, Connection, raw_server


def event(kind: str, **fields: object) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()


BEGIN = event(
    "message_start",
    message={
        **{"id": "m", "type": "message", "role": "assistant", "model": "x", "content": [], "stop_reason": None},
        "usage": {"input_tokens": 1, "output_tokens": 1},
    },
) + event("content_block_start", index=0, content_block={"type": "text", "text": ""})
PIECE = event("content_block_delta", index=0, delta={"type": "text_delta", "text": "word "})
PING = event("ping")


@pytest.fixture(params=[PIECE, PING, b": nothing\n\n"], ids=["pieces", "pings", "comments"])
def flooded(request: pytest.FixtureRequest, world: World) -> Iterator[World]:
    many = request.param * 400

    def serve(connection: Connection) -> None:
        connection.request()
        connection.send(HEAD + b"\r\n")
        connection.chunk(BEGIN + PIECE)
        while True:
            connection.chunk(many)

    with raw_server(serve) as url:
        world.environ["ANTHROPIC_BASE_URL"] = url
        yield world


def test_a_signal_is_heard(flooded: World) -> None:
    with flooded.spawn("-p", "go") as running:
        until(lambda: "model.chunk" in flooded.kinds())
        running.send_signal(signal.SIGINT)
        assert running.wait(PATIENCE) == 130
    assert {"model.failed", "turn.finished", "session.ended"} <= set(flooded.kinds()[-5:])


def test_a_limit_of_time_is_kept(flooded: World) -> None:
    command = [CLAW, "-p", "go", "--max-time", "1s"]
    done = subprocess.run(
        command, cwd=flooded.workspace, env=flooded.environ, capture_output=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 4, told(done)
