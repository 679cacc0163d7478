from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.replay.goldens import in_memory


@pytest.fixture
def memory() -> Iterator[Path]:
    """A folder that is gone after the test, on a disk that syncs at once where there is one."""
    with in_memory() as folder:
        yield folder
