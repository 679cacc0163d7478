"""What all tests share."""

from __future__ import annotations

import pytest
from hypothesis import settings

settings.register_profile("claw", deadline=None)
settings.register_profile("long", deadline=None, max_examples=20_000)
settings.load_profile("claw")


@pytest.fixture
def anyio_backend() -> str:
    """claw runs on asyncio."""
    return "asyncio"
