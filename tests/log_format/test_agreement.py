"""Two readers that share no code say the same of every log: docs/log-format.md is enough to write one from."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from claw._native import LogReader, LogWriter
from tests.log_format import reader
from tests.log_format.agreement import agree
from tests.log_format.logs import ACTS, MEMORY, Act, Append, Fork, Kill, Reopen, Shelf

GOLDEN = sorted((Path(__file__).parents[1] / "golden").glob("**/00000001.seg"))
SMALL = Append([("x", 1, 0, 0, None, 0, b"small")], durable=False)
BIG = Append([("x", 1, 0, 0, None, 0, b"big" * 40_000)], durable=True)


@given(ACTS)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_on_any_log(acts: list[Act]) -> None:
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        shelf = Shelf(Path(folder))
        for act in acts:
            shelf.do(act)
        agree(shelf.path)
        shelf.writer.close()
        for path in sorted(Path(folder).iterdir()):
            found = agree(path)
            assert found.damage is None
            assert found.sealed


@pytest.mark.parametrize(
    "acts",
    [
        pytest.param([], id="nothing at all"),
        pytest.param([SMALL] * 40, id="lazy"),
        pytest.param([BIG] * 12, id="many segments"),
        pytest.param([BIG, BIG, BIG, Kill(), SMALL, Kill(), BIG, Reopen(), SMALL], id="killed and reopened"),
        pytest.param([SMALL, SMALL, Kill(), Kill(), SMALL, Kill()], id="lazy records, killed"),
        pytest.param([SMALL, Fork(1), SMALL, BIG, Fork(1), BIG, Kill(), SMALL, Fork(0.9), SMALL], id="forks of forks"),
    ],
)
def test_on_the_shapes_that_logs_have(tmp_path: Path, acts: list[Act]) -> None:
    shelf = Shelf(tmp_path)
    for act in acts:
        shelf.do(act)
    assert agree(shelf.path).damage is None
    shelf.writer.close()
    assert agree(shelf.path).sealed


@pytest.mark.parametrize("segment", GOLDEN, ids=lambda path: path.parent.name)
def test_on_recorded_sessions(segment: Path) -> None:
    assert agree(segment.parent).damage is None


def test_the_worked_example_of_the_document() -> None:
    assert reader.crc32c(b"123456789") == 0xE3069283
    session = bytes.fromhex("01901234 5678 7abc 8def 0123456789ab")
    assert reader.genesis(session).hex() == "0372b63d897b118b37d9269dfa453eced655c77df42143876086e8a426354442"


def test_another_version_is_refused_by_both(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.writer.close()
    segment = shelf.path / "00000001.seg"
    content = bytearray(segment.read_bytes())
    content[8] = 3
    content[508:512] = reader.crc32c(bytes(content[:508])).to_bytes(4, "little")
    segment.write_bytes(content)
    with pytest.raises(reader.TooNew):
        reader.read(shelf.path)
    with pytest.raises(Exception, match="newer"):
        LogReader(str(shelf.path))
    with pytest.raises(Exception, match="newer"):
        LogWriter.open(str(shelf.path))
