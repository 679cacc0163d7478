from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from tests.redteam.trees import Tree, build


@pytest.fixture(scope="session")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Tree]:
    """The tree of this name, built once; nothing is ever written in it."""
    built: dict[str, Tree] = {}

    def get(name: str) -> Tree:
        if name not in built:
            built[name] = build(name, os.path.realpath(tmp_path_factory.mktemp(name)))
        return built[name]

    return get
