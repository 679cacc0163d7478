from __future__ import annotations

from pathlib import Path

import pytest

from tests.handlers.settings_files import Files
from tests.toolbox.world import World


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)
