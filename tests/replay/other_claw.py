"""claw's pure code imported anew, some of its modules from trees that were changed."""

from __future__ import annotations

import ast
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import claw

CLAW = Path(claw.__file__).parent
RELOADED = ("claw.decide", "claw.events.results", "claw.projections", "claw.prompt", "claw.replay")


def replay_with(trees: Mapping[str, ast.Module], names: Mapping[str, Any] | None = None) -> ModuleType:
    """`claw.replay` and all the pure code, imported anew, these files (`decide/step.py`) from these trees, which know
    these names.
    """
    for module in loaded():
        del sys.modules[module]
        parent, _, own = module.rpartition(".")
        vars(sys.modules.get(parent, claw)).pop(own, None)
    finder = _Finder(trees, names or {})
    sys.meta_path.insert(0, finder)
    try:
        return importlib.import_module("claw.replay")
    finally:
        sys.meta_path.remove(finder)


def loaded() -> list[str]:
    """The modules that are imported anew, as far as they are imported now."""
    return [module for module in sys.modules if module.startswith(RELOADED)]


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self, trees: Mapping[str, ast.Module], names: Mapping[str, Any]) -> None:
        self._trees = {_module(file): (file, tree) for file, tree in trees.items()}
        self._names = names

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname not in self._trees:
            return None
        file = CLAW / self._trees[fullname][0]
        spec = importlib.util.spec_from_loader(fullname, self, is_package=file.name == "__init__.py")
        if spec is not None and spec.submodule_search_locations is not None:
            spec.submodule_search_locations.append(str(file.parent))
        return spec

    def exec_module(self, module: ModuleType) -> None:
        module.__dict__.update(self._names)
        _, tree = self._trees[module.__name__]
        exec(compile(tree, f"<{module.__name__}, changed>", "exec"), module.__dict__)


def _module(file: str) -> str:
    return "claw." + file.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
