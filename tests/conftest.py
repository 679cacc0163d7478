"""What all tests share."""

from __future__ import annotations

import os
import signal

import pytest
from hypothesis import settings
from hypothesis.internal.conjecture import providers

from claw import _native

# As claw does it: the less has been imported, the less each command costs.
_native.prepare_starts()

# The same examples for everybody and in every run; `make nightly` and `make campaign` look for new ones, and write what
# they find as patches that add it to its test.
settings.register_profile("claw", deadline=None, derandomize=True)
settings.register_profile("nightly", deadline=None, max_examples=1_000, print_blob=True)
settings.register_profile("long", deadline=None, max_examples=20_000, print_blob=True)
settings.load_profile("claw")

# Values that stand in claw's own modules would be drawn, too; which modules are loaded depends on the tests before.
providers._get_local_constants = lambda: providers._local_constants

# A language server takes seconds to start. Tests that are about one say so.
os.environ["CLAW_LANGUAGE_SERVERS"] = "off"

# A shell starts what runs in its background with interrupts ignored, and so would be every program that is tested.
signal.signal(signal.SIGINT, signal.default_int_handler)

LONGEST = ("tests/replay/test_mutated_logs.py", "tests/replay/test_mutated_decide.py", "tests/replay/test_forks.py")
"""What takes longest, by far: begun late, it would be alone on one processor at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))


@pytest.fixture
def anyio_backend() -> str:
    """claw runs on asyncio."""
    return "asyncio"
