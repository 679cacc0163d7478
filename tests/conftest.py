"""What all tests share."""

from __future__ import annotations

import signal

import pytest
from hypothesis import settings

settings.register_profile("claw", deadline=None)
settings.register_profile("long", deadline=None, max_examples=20_000)
settings.load_profile("claw")

# A shell starts what runs in its background with interrupts ignored, and so would be every program that is tested.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def anyio_backend() -> str:
    """claw runs on asyncio."""
    return "asyncio"
