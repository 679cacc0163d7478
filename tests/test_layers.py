"""Imports go down only, and the contracts that say so bite."""

from __future__ import annotations

import ast
import importlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-logo", "--no-cache"]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=120, check=False)


def test_every_contract_is_kept() -> None:
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout
    assert "0 broken" in result.stdout


def late_imports(text: str) -> Iterator[tuple[str, str]]:
    """Module and name of what is imported late: `load("claw.x.y", "name")`."""
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Call(func=ast.Name("load"), args=[ast.Constant(str(module)), *rest]):
                names = [one.value for one in rest if isinstance(one, ast.Constant)]
                yield module, str(names[0]) if names else ""


def test_late_imports_obey_the_same_contracts(tmp_path: Path) -> None:
    """Each is written as a statement at the end of its file, and what it names is there."""
    shutil.copytree(ROOT / "claw", tmp_path / "claw", ignore=shutil.ignore_patterns("__pycache__", "*.so"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    found = 0
    for path in (tmp_path / "claw").rglob("*.py"):
        for module, name in late_imports(path.read_text()):
            assert not name or hasattr(importlib.import_module(module), name), (path, module, name)
            path.write_text(f"{path.read_text()}\nimport {module}\n")
            found += 1
    assert found > 5
    result = lint_imports(tmp_path)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("events/base.py", "import claw.projections.base"),
        ("projections/base.py", "import claw.log"),
        ("decide/__init__.py", "import time"),
        ("prompt/__init__.py", "import os"),
        ("handlers/base.py", "import claw.projections.base"),
        ("providers/base.py", "import claw.decide"),
        ("log/files.py", "import claw.runtime"),
    ],
)
def test_an_import_that_goes_up_breaks_a_contract(tmp_path: Path, module: str, line: str) -> None:
    shutil.copytree(ROOT / "claw", tmp_path / "claw", ignore=shutil.ignore_patterns("__pycache__", "*.so"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    changed = tmp_path / "claw" / module
    changed.write_text(f"{changed.read_text()}\n{line}\n")
    result = lint_imports(tmp_path)
    assert result.returncode == 1, result.stdout
    assert "1 broken" in result.stdout or "2 broken" in result.stdout, result.stdout
