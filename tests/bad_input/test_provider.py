"""The model's service says no, or nothing, or nonsense: exit code 7, and the session can go on later."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from tests.bad_input.complaint import complains, is_content
from tests.bad_input.sessions import impatient
from tests.cli.live.world import World, text, told

SECRET = "sk-ant-test-0123456789abcdef"


def failing(**fault: Any) -> dict[str, Any]:
    return {**text("Done."), "faults": [fault] * 2}


def test_no_key(world: World) -> None:
    del world.environ["ANTHROPIC_API_KEY"]
    complains(world.run("-p", "hi"), 7, "no key", "ANTHROPIC_API_KEY")
    complains(world.run("-p", "hi", "--model", "anthropic/claude-sonnet-5-5"), 7, "ANTHROPIC_API_KEY")


def test_a_wrong_key_is_not_tried_twice(world: World) -> None:
    world.serve(failing(type="status", status=401, message=f"invalid x-api-key {SECRET}"))
    done = world.run("-p", "hi")
    complains(done, 7, "key")
    assert SECRET not in told(done)
    assert world.kinds().count("model.requested") == 1


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SSL_CERT_FILE", "/nonexistent/ca.pem"),
        ("NODE_EXTRA_CA_CERTS", "/nonexistent/ca.pem"),
        ("ALL_PROXY", "socks4://127.0.0.1:9"),
        ("ANTHROPIC_AUTH_TOKEN", "two words"),
    ],
)
def test_what_the_environment_makes_impossible_is_named_and_not_tried(world: World, variable: str, value: str) -> None:
    key = "" if variable == "ANTHROPIC_AUTH_TOKEN" else world.environ["ANTHROPIC_API_KEY"]
    url = "https://127.0.0.1:9"
    done = world.run("-p", "hi", **{variable: value, "ANTHROPIC_BASE_URL": url, "ANTHROPIC_API_KEY": key})
    complains(done, 7, variable)
    assert "handler of" not in told(done)
    assert "Error" not in told(done)
    assert world.kinds().count("model.requested") == 1


def test_an_unreachable_service(world: World) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        session = impatient(world, url)
        complains(world.run("resume", session, "-p", "hi"), 7, "connection", "claw resume")
    assert world.kinds().count("model.requested") == 2
    assert "input.received" in world.kinds()


@pytest.mark.parametrize(
    "fault",
    [
        {"type": "break", "how": "json", "after": 3},
        {"type": "break", "how": "sse", "after": 3},
        {"type": "break", "how": "end"},
        {"type": "break", "how": "drop", "after": 2},
        {"type": "break", "how": "error", "after": 2, "kind": "overloaded_error"},
        {"type": "status", "status": 500},
        {"type": "status", "status": 529},
        {"type": "status", "status": 400, "message": "prompt: field required"},
        {"type": "status", "status": 404, "message": "model: no-such-model"},
        {"type": "status", "status": 503, "body": "<html>not JSON at all</html>"},
        {"type": "status", "status": 302, "headers": {"location": "http://127.0.0.1:1/"}},
    ],
    ids=lambda fault: " ".join(str(value) for value in fault.values()),
)
def test_a_service_that_fails(world: World, fault: dict[str, Any]) -> None:
    world.serve(failing(**fault))
    session = impatient(world, world.environ["ANTHROPIC_BASE_URL"])
    done = world.run("resume", session, "-p", "hi")
    complains(done, 7, "claw resume")
    assert done.stdout == b""
    healed = world.run("resume", session, "-p", "once more")
    if healed.returncode:
        healed = world.run("resume", session, "-p", "and again")
    is_content(healed)
