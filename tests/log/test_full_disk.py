"""A full disk is met before a record is accepted."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from claw import errors
from claw._native import LogReader, LogWriter
from tests.log.support import Row, create, number_of, row


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    try:
        done = subprocess.run(mount, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount command here")
    if done.returncode != 0:
        pytest.skip(f"mounting a small tmpfs is not permitted here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def take_all(folder: Path) -> None:
    """Fill the disk to its last page; a tmpfs tells how many are left only roughly."""
    with (folder / "ballast").open("wb", buffering=0) as ballast, suppress(OSError):
        while ballast.write(bytes(4096)):
            pass


def fill(writer: LogWriter, start: int) -> int:
    """Append until it is full; the number of the record that was refused."""
    for number in range(start, 100_000):
        try:
            writer.append_one(*row(number, size=1000))
        except errors.LogFull:
            return number
    pytest.fail("it is never full")


def test_nothing_is_accepted_and_the_writer_lives_on(small_disk: Path) -> None:
    path, writer = create(small_disk)
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(400_000))
    refused = fill(writer, 0)
    take_all(small_disk)
    assert writer.next_seq == refused
    with pytest.raises(errors.LogFull) as caught:
        writer.append([row(refused, size=100_000)], durable=True)
    assert "disk space" in caught.value.hint
    assert writer.next_seq == refused
    assert writer.sync() == refused - 1
    ballast.unlink()
    again = fill(writer, refused)
    assert again > refused
    writer.close()
    assert [number_of(record[7]) for record in LogReader(str(path)).read()] == list(range(again))
    assert LogReader(str(path)).verify().ok


def test_room_that_was_reserved_is_there(small_disk: Path) -> None:
    path, writer = create(small_disk)
    last: Row = ("tool.finished", 1, 0, 0, None, 0, b"z" * 50_000)
    writer.append([row(0)], durable=True, reserve=50_000)
    refused = fill(writer, 1)
    take_all(small_disk)
    assert writer.append([last], durable=True) == refused
    writer.close()
    assert LogReader(str(path)).verify().records == refused + 1


def test_no_room_for_a_log_at_all(small_disk: Path) -> None:
    take_all(small_disk)
    with pytest.raises(errors.LogFull):
        create(small_disk)
    assert [path.name for path in small_disk.iterdir()] == ["ballast"]
