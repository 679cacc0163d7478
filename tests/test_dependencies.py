"""Every dependency is used, pinned, and pinned to a version that pyproject.toml allows."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
DEPENDENCIES = [Requirement(text) for text in PYPROJECT["project"]["dependencies"]]
DEVELOPMENT = [Requirement(text) for text in PYPROJECT["dependency-groups"]["dev"]]
LOCK = (ROOT / "requirements.lock").read_text().splitlines()
PINS = {canonicalize_name(name): version for name, _, version in (line.partition("==") for line in LOCK)}
LATE = {"load", "import_module", "importlib.import_module"}


def imported_modules(tree: ast.Module) -> Iterator[str]:
    """Top-level names of what is imported, by a statement or late: `load("rich.table", …)`."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module)):
                yield module
            case ast.Call(func=function, args=[ast.Constant(str(name)), *_]) if ast.unparse(function) in LATE:
                yield name


def imported_distributions() -> set[str]:
    names = {
        name.split(".")[0]
        for path in (ROOT / "claw").rglob("*.py")
        for name in imported_modules(ast.parse(path.read_text()))
    }
    by_module = packages_distributions()
    return {canonicalize_name(name) for module in names for name in by_module.get(module, [])}


@pytest.mark.parametrize("requirement", DEPENDENCIES, ids=lambda requirement: requirement.name)
def test_a_dependency_is_imported_somewhere(requirement: Requirement) -> None:
    assert canonicalize_name(requirement.name) in imported_distributions()


def test_nothing_is_imported_that_is_not_declared() -> None:
    declared = {canonicalize_name(requirement.name) for requirement in DEPENDENCIES}
    assert imported_distributions() - {"claw-runtime"} <= declared


@pytest.mark.parametrize("requirement", DEPENDENCIES + DEVELOPMENT, ids=lambda requirement: requirement.name)
def test_a_dependency_is_pinned_within_its_range(requirement: Requirement) -> None:
    assert requirement.specifier.contains(PINS[canonicalize_name(requirement.name)])


def test_the_lock_names_versions_and_nothing_else() -> None:
    assert [line for line in LOCK if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!_-]+", line)] == []
