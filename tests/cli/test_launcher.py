"""The launcher starts Python as it would start itself, without what a virtual environment does not need of `site`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

LAUNCHER = Path(__file__).parents[2] / "launcher/scripts/claw"
LOOK = "print([sys.path, sys.prefix, sys.exec_prefix, sys.argv[1:], sys.executable, marked])"
PROGRAM = f"""
import sys
marked = getattr(sys, "marked", None)
def main():
    print("site" in sys.modules)
    {LOOK}
"""
PLAIN = "include-system-site-packages = false\n"
LIBRARY = f"lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"


@pytest.mark.parametrize(
    ("files", "settings", "needs_site"),
    [
        ({}, PLAIN, False),
        ({"distutils-precedence.pth": "import sys", "_virtualenv.pth": "import sys"}, PLAIN, False),
        ({"added.pth": "../added"}, PLAIN, True),
        ({"run.pth": "import sys; sys.marked = 1"}, PLAIN, True),
        ({}, PLAIN.replace("false", "true"), True),
    ],
)
@pytest.mark.parametrize("editable", [False, True])
def test_it_finds_what_site_finds(
    files: dict[str, str], settings: str, needs_site: bool, editable: bool, tmp_path: Path
) -> None:
    root = tmp_path.resolve() / "environment"
    packages = root / LIBRARY
    (packages.parent / "added").mkdir(parents=True)
    (root / "bin").mkdir()
    (root / "bin/claw").write_bytes(LAUNCHER.read_bytes())
    (root / "bin/claw").chmod(0o755)
    base = Path(sys.executable).resolve()
    (root / "bin/python").symlink_to(base)
    (root / "pyvenv.cfg").write_text(f"home = {base.parent}\n{settings}")
    package = (tmp_path.resolve() / "source" if editable else packages) / "claw"
    package.mkdir(parents=True)
    packages.mkdir(exist_ok=True)
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text(PROGRAM)
    if editable:
        (packages / "claw_runtime.pth").write_text(f"{package.parent}\n")
    for name, text in files.items():
        (packages / name).write_text(text)
    by_launcher = ran(root / "bin/claw", "x y", "--version")
    by_itself = ran(root / "bin/python", "-E", "-P", "-c", "from claw.__main__ import main; main()", "x y", "--version")
    assert by_launcher == [str(needs_site), by_itself[1]]
    assert str(package.parent) in by_launcher[1]


def test_an_editable_claw_that_is_gone_is_left_to_site(tmp_path: Path) -> None:
    packages = tmp_path / LIBRARY
    packages.mkdir(parents=True)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/claw").write_bytes(LAUNCHER.read_bytes())
    base = Path(sys.executable).resolve()
    (tmp_path / "bin/python").symlink_to(base)
    (tmp_path / "pyvenv.cfg").write_text(f"home = {base.parent}\n{PLAIN}")
    (packages / "claw_runtime.pth").write_text(f"{tmp_path / 'gone'}\n")
    done = subprocess.run(["sh", tmp_path / "bin/claw"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "No module named 'claw'" in done.stderr


def ran(*command: str | Path) -> list[str]:
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd="/")
    assert not done.stderr
    return done.stdout.splitlines()
