"""Images over the whole way: a file, a result, the wire, and a server that does not take it."""

from __future__ import annotations

import base64
import json

from tests.cli.live.world import World, text, tool
from tests.toolbox.pictures import png

READ = tool("Read", {"file_path": "cat.png"})
IMAGE = base64.b64encode(png(40, 30)).decode()


def test_a_model_is_shown_the_image(world: World) -> None:
    (world.workspace / "cat.png").write_bytes(png(40, 30))
    world.serve(READ, {**text("A grey cat."), "expect": [IMAGE, '"media_type":"image/png"', "40 x 30 pixels"]})
    done = world.run("-p", "what is this?", "--output-format", "events")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    (finished,) = (event["data"] for event in events if event.get("kind") == "tool.finished")
    assert [block["type"] for block in finished["content"]] == ["text", "image"]
    assert done.returncode == 0


def test_a_server_that_refuses_images_is_asked_again_without(world: World) -> None:
    (world.workspace / "cat.png").write_bytes(png(40, 30))
    refusing = {"type": "status", "status": 400, "message": "this model does not support image input"}
    world.serve(READ, {**text("I cannot see it."), "faults": [refusing]})
    done = world.run("-p", "what is this?", "--output-format", "events")
    assert done.returncode == 0, done.stderr
    events = [json.loads(line) for line in done.stdout.splitlines()]
    (failed,) = (event["data"] for event in events if event.get("kind") == "model.failed")
    assert failed["refused"] == "images"
    last = [event["data"] for event in events if event.get("kind") == "model.requested"][-1]
    assert last["parameters"]["without"] == ["images"]
