"""What is sent again is sent in the same words, so that a provider's cache has it: measured on the bytes of long
runs."""

from __future__ import annotations

import itertools
import json
import os
from typing import Any

import msgspec
import pytest

from claw.providers.scripted.request import Request
from claw.providers.scripted.scenario import Scenario
from claw.providers.scripted.thread import serving
from tests.cli.live.world import World, text, told, tool

LEAST = 0.95
"""Share of the bytes of all requests that the next request of the same conversation begins with."""

AGENT = {"description": "look around", "prompt": "Look around, in four steps.", "subagent_type": "explore"}
LONG = "\n".join(f"line {number} of a file that is read" for number in range(60))


def work(steps: int) -> list[dict[str, Any]]:
    """Replies that use tools, one after the other and several at once."""
    read, run = {"file_path": "notes.txt"}, {"command": "echo one; echo two"}
    for step in itertools.count():
        calls = [{"type": "tool", "name": "Bash", "arguments": {"command": f"echo {step}.{part}"}} for part in range(4)]
        several = [tool("Bash", run), tool("Read", read), {"blocks": calls}, tool("Grep", {"pattern": "7"})]
        yield several[step % 4]


SCENARIO = {
    "replies": [
        *itertools.islice(work(0), 10),
        tool("Agent", AGENT),
        text("The first part is done."),
        *itertools.islice(work(0), 6),
        # What is old is cleared after the first of these, and summarised after the second.
        *[tool("Bash", {"command": f"echo {n}"}, usage={"input": 190_000, "output": 100}) for n in (1, 2)],
        {"for": "compaction", "blocks": [{"type": "text", "text": "Much was looked at, and nothing was wrong."}]},
        *itertools.islice(work(0), 10),
        text("The second part is done."),
        *itertools.islice(work(0), 5),
        text("All of it is done."),
    ],
    "threads": [{"when": AGENT["prompt"], "replies": [*itertools.islice(work(0), 4), text("All is well.")]}],
}


def run(world: World, wire: str) -> list[Request]:
    """Three runs of one session: tools, an agent, a compaction, a resume, other settings; what was sent."""
    (world.workspace / "notes.txt").write_text(LONG)
    with serving(msgspec.convert(SCENARIO, Scenario)) as server:
        environ = {"CLAW_SCRIPTED_URL": server.url, "CLAW_MODEL": f"scripted/{wire}"}
        for arguments in (
            ("-p", "Look at everything.", "--allowed-tools", "Bash"),
            ("resume", "@last", "-p", "Go on.", "--max-turns", "90"),
            ("resume", "@last", "-p", "Plan the rest.", "--permission-mode", "plan"),
        ):
            done = world.run(*arguments, **environ)
            assert done.returncode == 0, told(done)
        requests = [request for request in server.requests if request.wire is not None]
    assert [request.error for request in requests if request.error] == []
    assert {"model.requested", "context.compacted", "agent.spawned", "session.resumed"} <= set(world.kinds())
    assert world.run("replay", "@last").returncode == 0
    return requests


def shares(requests: list[Request]) -> list[tuple[int, int]]:
    """For each request but the first of its conversation: bytes of the one before it that it begins with, and all."""
    last: dict[bool, bytes] = {}
    found = []
    for request in requests:
        body, of_agent = request.raw.encode(), AGENT["prompt"] in first_words(request.body)
        before, last[of_agent] = last.get(of_agent), body
        if before is not None:
            same = os.path.commonprefix([before, body])  # noqa: RUF071 - of bytes
            found.append((len(same), len(before)))
    return found


def first_words(body: dict[str, Any]) -> str:
    said = body.get("messages") or body["input"]
    return json.dumps(next(message for message in said if message.get("role") == "user"))


@pytest.mark.parametrize("wire", ["anthropic", "openai-responses", "openai-chat"])
def test_what_is_sent_again_is_sent_unchanged(world: World, wire: str) -> None:
    requests = run(world, wire)
    found = shares(requests)
    assert len(found) > 25
    share = sum(same for same, _ in found) / sum(whole for _, whole in found)
    assert share >= LEAST, f"{wire}: {share:.1%}, {[f'{same / whole:.0%}' for same, whole in found]}"
