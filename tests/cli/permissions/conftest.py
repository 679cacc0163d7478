from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.live.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


@pytest.fixture
def write(world: World) -> Callable[..., Path]:
    """Puts settings in a file: `user`, `local` or `project`."""

    def write(which: str, indent: int | None = 1, **content: Any) -> Path:
        root = world.home if which == "user" else world.workspace
        path = root / ".claude" / ("settings.local.json" if which == "local" else "settings.json")
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content, indent=indent))
        return path

    return write
