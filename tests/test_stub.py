"""`claw/_native.pyi` says what the compiled module holds, no more and no less."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_the_stub_is_the_module() -> None:
    command = [sys.executable, "-m", "mypy.stubtest", "claw._native", "--concise"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
