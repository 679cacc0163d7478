from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.live.world import World, text


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


@pytest.fixture
def answered(world: World) -> World:
    """A world with one session in it, which has had its answer."""
    world.serve(text("Hello."), text("Again."))
    assert world.run("-p", "hi", "--name", "first").returncode == 0
    return world
