"""Boxes: a sandbox's folders, for root and for an ordinary user."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from claw import _native
from tests.native.confined import NOBODY, Box


def _lacking(uid: int | None) -> str:
    """Why nothing can be tested as this user; empty if it can."""
    if uid is None:
        facts = _native.Confinement.available()
        return "" if facts["namespaces"] and facts["landlock"] else f"no sandbox here: {facts['why']}"
    if os.geteuid() != 0:
        return "only root can become another user"
    return ""


@pytest.fixture(scope="session", params=[None, NOBODY], ids=["me", "nobody"])
def uid(request: pytest.FixtureRequest) -> int | None:
    user: int | None = request.param
    if why := _lacking(user):
        pytest.skip(why)
    return user


@pytest.fixture
def box(uid: int | None) -> Iterator[Box]:
    # Not pytest's folder, which other users may not enter.
    folder = Path(tempfile.mkdtemp(prefix="claw-box-"))
    folder.chmod(0o755)
    yield Box(folder, uid)
    shutil.rmtree(folder)


@pytest.fixture
def own(uid: int | None, box: Box) -> Box:
    """A box whose commands the test itself holds."""
    if uid is not None:
        pytest.skip("this is about claw's end, the same for every user")
    return box
