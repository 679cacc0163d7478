from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from claw.decide.step import take
from tests.replay.goldens import in_memory
from tests.replay.remembering import remembering


@pytest.fixture
def memory() -> Iterator[Path]:
    """A folder that is gone after the test, on a disk that syncs at once where there is one."""
    with in_memory() as folder:
        yield folder


@pytest.fixture
def remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replay in this test takes no step twice."""
    monkeypatch.setattr("claw.replay.take", remembering(take))
