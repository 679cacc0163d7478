"""What a person does with claw, from what is typed to what is on disk: real program, real wire, real terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.cli.live.conftest import pseudo as pseudo
from tests.cli.live.conftest import terminal as terminal
from tests.cli.live.conftest import world as world
from tests.cli.live.world import World
from tests.e2e.acp.client import Editor


@pytest.fixture
def editor(world: World) -> Iterator[Callable[..., Editor]]:
    """Starts `claw acp` with these flags; all that it says is what the protocol's schema says."""
    opened: list[Editor] = []

    def start(*flags: str, **more: Any) -> Editor:
        opened.append(Editor(world, *flags, **more))
        return opened[-1]

    yield start
    for one in opened:
        one.close()
        assert not [message for message in one.heard if "wrong" in message]
