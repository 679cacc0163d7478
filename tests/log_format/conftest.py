from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.log_format.logs import MEMORY


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """In memory where there is such a place: what a log holds is the same, and a sync costs nothing."""
    with tempfile.TemporaryDirectory(prefix="claw-test-", dir=MEMORY) as folder:
        yield Path(folder)
