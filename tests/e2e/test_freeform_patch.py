"""A patch that a model writes as it is: judged, shown, done and replayed as one in JSON."""

from __future__ import annotations

import json
from typing import Any

from tests.cli.live.world import World, told, tool
from tests.providers.odd_server import Answered, odd_server

PATCH = '*** Begin Patch\n*** Update File: a.txt\n-one\n+two "ü"\n*** Add File: src/b.txt\n+b\n*** End Patch\n'
MODEL = ("--model", "openai/gpt-5.1")


def prepared(world: World) -> None:
    (world.workspace / "a.txt").write_text("one\n")
    (world.home / ".claude").mkdir()
    (world.home / ".claude/settings.json").write_text(json.dumps({"models": {"gpt-5.1": {"freeform": True}}}))


def replays(world: World) -> list[dict[str, Any]]:
    for command in ("verify", "replay"):
        checked = world.run(command, "@last")
        assert checked.returncode == 0, checked.stdout.decode() + told(checked)
    return world.events()


def test_a_patch_as_text_is_judged_and_done(world: World) -> None:
    prepared(world)
    offered = ['"type":"custom"', '"syntax":"lark"']
    world.serve(
        tool("apply_patch", {"input": PATCH}, expect=offered),
        tool("apply_patch", {"input": PATCH.replace("src/", "")}, expect=['"type":"custom_tool_call"', "denied"]),
        {"blocks": [{"type": "text", "text": "Patched."}], "expect": ["Success. Updated the following files"]},
    )
    environ = {"OPENAI_BASE_URL": f"{world.environ['ANTHROPIC_BASE_URL']}/v1"}
    rules = ("--allowed-tools", "Edit", "--disallowed-tools", "Write(src/**)")
    done = world.run("-p", "mend it", *MODEL, *rules, **environ)
    assert (done.returncode, done.stdout) == (0, b"Patched.\n"), told(done)
    assert (world.workspace / "a.txt").read_text() == 'two "ü"\n'
    assert (world.workspace / "b.txt").read_text() == "b\n"
    assert not (world.workspace / "src").exists()
    events = replays(world)
    requested = [event["data"] for event in events if event["kind"] == "tool.requested"]
    assert [one["arguments"]["input"] for one in requested] == [PATCH, PATCH.replace("src/", "")]


def test_a_server_without_such_tools_is_asked_again_with_json(world: World) -> None:
    prepared(world)

    def answer_of(body: dict[str, Any]) -> Answered:
        if any(one["type"] == "custom" for one in body["tools"]):
            error = {"error": {"message": "Invalid value: 'custom'. Supported values are: 'function'."}}
            return Answered(json.dumps(error).encode(), status=400, kind="application/json")
        text = {"type": "message", "content": [{"type": "output_text", "text": "Hello."}]}
        whole = {"object": "response", "status": "completed", "output": [text]}
        return Answered(json.dumps(whole).encode(), kind="application/json")

    with odd_server(answer_of) as server:
        done = world.run("-p", "go", *MODEL, OPENAI_BASE_URL=f"{server.url}/v1")
        assert (done.returncode, done.stdout) == (0, b"Hello.\n"), told(done)
        assert len(server.bodies) == 2
    requests = [event["data"] for event in replays(world) if event["kind"] == "model.requested"]
    assert [one["parameters"].get("without", []) for one in requests] == [[], ["freeform"]]
