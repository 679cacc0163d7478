"""Every scene of `sessions/`, played by the real program with a scripted model, leaves the world as it must be."""

from __future__ import annotations

import base64
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from claw import _native
from claw.log import read
from claw.providers.scripted.scenario import Scenario
from claw.providers.scripted.thread import serving
from tests.cli.live.world import World, text
from tests.redteam.scene import Call, Scene, fill, picture, scenes


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(Path(os.path.realpath(tmp_path)))
    yield made
    made.close()


@pytest.mark.parametrize("scene", [pytest.param(scene, id=f"{file}: {scene.name}") for file, scene in scenes()])
def test_scene(scene: Scene, world: World) -> None:
    if scene.confined and not _confines():
        pytest.skip("the kernel gives no namespaces here")
    names = {
        "ROOT": str(world.root),
        "HOME": str(world.home),
        "WORK": str(world.workspace),
        "CLAW": str(world.claw_home),
        "KEY": world.environ["ANTHROPIC_API_KEY"],
    }
    replies = [*(_reply(call, names) for call in scene.calls), text("Done.")]
    with serving(msgspec.convert({"replies": replies}, type=Scenario)) as server:
        world.environ["ANTHROPIC_BASE_URL"] = server.url
        names["MODEL"] = server.url.removeprefix("http://").split("/")[0]
        stage(scene, world, names)
        if scene.first is not None:
            world.run("-p", "Go.", *fill(scene.first, names))
            for path, content in scene.meanwhile.items():
                (world.root / path).write_text(fill(content, names), "utf-8")
        before = {name: picture(world.root / name) for name in scene.unchanged}
        done = world.run("-p", "Go.", *fill(scene.arguments, names), **fill(scene.environ, names))
    told = done.stdout.decode() + done.stderr.decode()
    log = [msgspec.to_builtins(envelope.data) for envelope in read(str(_session(world)))]
    assert done.returncode == scene.exit, (told, _ends(log))
    check(scene, world, log, names, before)
    said = told + msgspec.json.encode(log).decode()
    assert [words for words in scene.told if fill(words, names) not in said] == [], said[-2000:]


def stage(scene: Scene, world: World, names: dict[str, str]) -> None:
    """Make the scene's world."""
    for folder in scene.folders:
        (world.root / folder).mkdir(parents=True, exist_ok=True)
    for path, content in scene.files.items():
        made = world.root / path
        made.parent.mkdir(parents=True, exist_ok=True)
        made.write_text(fill(content, names), "utf-8")
        made.chmod(0o755 if content.startswith("#!") else 0o644)
    for path, target in scene.links.items():
        (world.root / path).parent.mkdir(parents=True, exist_ok=True)
        (world.root / path).symlink_to(fill(target, names))


def check(
    scene: Scene, world: World, log: list[dict[str, Any]], names: dict[str, str], before: dict[str, dict[str, Any]]
) -> None:
    """Is the world as the scene wants it?"""
    if scene.verdicts is not None:
        given = [event["verdict"] for event in log if event["kind"] == "permission.evaluated"]
        assert given == scene.verdicts, _ends(log)
    assert [name for name in scene.absent if os.path.lexists(world.root / name)] == [], _ends(log)
    for name, content in scene.present.items():
        assert str(fill(content, names)) in (world.root / name).read_text("utf-8"), _ends(log)
    for name, picturesque in before.items():
        assert picture(world.root / name) == picturesque, _ends(log)
    for secret in fill(scene.unsaid, names):
        # Blobs and the log's frames hold texts as they are; what the scene put there itself does not count.
        staged = [world.root / name for name in scene.files]
        for path in (path for path in _files(world.workspace, world.claw_home) if path not in staged):
            written = path.read_bytes()
            assert not any(form in written for form in _forms(secret)), path
    if scene.gone:
        running = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
        assert scene.gone not in running


def _confines() -> bool:
    return bool(_native.Confinement.available()["namespaces"])


def _reply(calls: Call | list[Call], names: dict[str, str]) -> dict[str, Any]:
    blocks = [
        {"type": "tool", "name": call.tool, "arguments": fill(call.input or {"command": call.command}, names)}
        for call in (calls if isinstance(calls, list) else [calls])
    ]
    return {"blocks": blocks}


def _session(world: World) -> Path:
    """The last one."""
    return world.claw_home / "sessions" / world.sessions()[-1]


def _files(*folders: Path) -> Iterator[Path]:
    for folder in folders:
        yield from (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def _forms(secret: str) -> list[bytes]:
    """The secret, and the middle of its base64 wherever it began."""
    encoded = [base64.b64encode(b"x" * shift + secret.encode())[4:-4] for shift in range(3)]
    return [secret.encode(), *encoded]


def _ends(log: list[dict[str, Any]]) -> str:
    """What became of the calls, for the message of a test that fails."""
    kinds = ("permission.evaluated", "tool.resolved", "tool.finished", "tool.interrupted", "session.faulted")
    return "\n".join(str(event) for event in log if event["kind"] in kinds)
