"""How claw says no: one sentence and perhaps what to try, on standard error; an exit code; never a traceback."""

from __future__ import annotations

from subprocess import CompletedProcess

from tests.cli.live.world import told


def complains(done: CompletedProcess[bytes], code: int, *words: str) -> None:
    """`words` must be in what it says; beyond the sentence and the hint it says nothing."""
    said = told(done)
    assert "Traceback" not in said + done.stdout.decode("utf-8", "replace")
    assert done.returncode == code, f"exit code {done.returncode}: {said}"
    lines = said.splitlines()
    assert lines, "it says nothing"
    assert lines[0].startswith("claw: "), said
    assert all(line.startswith("  try: ") for line in lines[1:2]), said
    assert len(lines) <= 2, said
    for word in words:
        assert word in said, f"{word!r} is not in: {said}"


def is_content(done: CompletedProcess[bytes], answer: bytes = b"Done.\n") -> None:
    """It answers and has nothing to complain about."""
    assert (done.returncode, done.stdout, told(done)) == (0, answer, "")
