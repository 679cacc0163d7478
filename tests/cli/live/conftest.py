from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.live.pseudo import Pseudo
from tests.cli.live.tmux import Terminal
from tests.cli.live.world import World

_numbers = itertools.count()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


@pytest.fixture
def terminal(world: World) -> Iterator[Callable[..., Terminal]]:
    """Starts claw in a terminal: `terminal(*arguments, columns=, rows=, shell=, **environ)`."""
    opened: list[Terminal] = []

    def start(*arguments: str, columns: int = 100, rows: int = 40, **more: Any) -> Terminal:
        made = Terminal(world, f"claw-test-{os.getpid()}-{next(_numbers)}", columns, rows)
        opened.append(made)
        return made.start(*arguments, **more)

    yield start
    for made in opened:
        made.close()


@pytest.fixture
def pseudo(world: World) -> Iterator[Callable[..., Pseudo]]:
    """Starts a program on a pseudo-terminal: `pseudo(*arguments, program=, where=, rows=, columns=, **environ)`."""
    opened: list[Pseudo] = []

    def start(*arguments: str, where: Path | None = None, **more: Any) -> Pseudo:
        opened.append(Pseudo(world))
        opened[-1].where = where
        return opened[-1].start(*arguments, **more)

    yield start
    for made in opened:
        made.close()
