"""The scripted model in a process of its own, so that it waits for nobody."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from claw.providers.scripted import Scenario


@contextlib.contextmanager
def serving(scenario: Scenario, folder: Path) -> Iterator[str]:
    """Its URL, while the block runs."""
    file = folder / "scenario.json"
    file.write_bytes(msgspec.json.encode(scenario))
    command = [sys.executable, "-m", "claw.providers.scripted", str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            url = process.stdout.readline().strip()
            if not url:
                raise RuntimeError("the scripted server did not start")
            yield url
        finally:
            process.terminate()
