"""One writer per log, any number of readers, in any process; and a kill takes nothing that was acknowledged."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from claw import errors
from claw._native import LogReader, LogWriter
from tests.log.support import create, eventually, number_of, numbers, row, spawn

TRY_TO_OPEN = """
import sys
from claw import errors
from claw._native import LogWriter
try:
    LogWriter.open(sys.argv[1])
except errors.LogLocked as error:
    print(error, "|", error.hint, "|", error.path)
"""


def test_a_second_writer_is_told_who_has_the_log(tmp_path: Path) -> None:
    path, writer = create(tmp_path)
    out, _ = spawn(TRY_TO_OPEN, path).communicate()
    message, hint, where = (part.strip() for part in out.split("|"))
    assert message == f"the log in {path} is being written by process {os.getpid()}"
    assert hint
    assert where == str(path / "lock")
    with pytest.raises(errors.LogLocked):
        LogWriter.open(str(path))
    writer.close()
    assert spawn(TRY_TO_OPEN, path).communicate()[0] == ""


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_child_after_fork_cannot_write(tmp_path: Path) -> None:
    path, writer = create(tmp_path)
    writer.append([row(0)], durable=False)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        answers = []
        for attempt in (
            lambda: writer.append([row(1)], durable=True),
            lambda: writer.append_one(*row(1)),
            writer.sync,
            writer.close,
        ):
            try:
                attempt()
                answers.append("wrote")
            except errors.LogError as error:
                answers.append(str(error))
        os.write(writing, "\n".join(answers).encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writing)
    with os.fdopen(reading) as answered:
        answers = answered.read().splitlines()
    assert len(answers) == 4
    assert all("a child cannot write its log" in answer for answer in answers), answers
    # The parent's lock and log are as they were.
    assert spawn(TRY_TO_OPEN, path).communicate()[0]
    assert writer.append([row(1)], durable=True) == 1
    assert numbers(path) == [0, 1]


WRITE_AND_LEAVE_A_CHILD = """
import os, sys
from claw._native import LogWriter
writer = LogWriter.open(sys.argv[1])
reading, writing = os.pipe()
if os.fork() == 0:
    os.write(writing, b"x")
    sys.stdin.readline()
    os._exit(0)
os.read(reading, 1)
os.kill(os.getpid(), 9)
"""


def test_a_child_that_lives_on_does_not_keep_the_lock(tmp_path: Path) -> None:
    path, writer = create(tmp_path)
    writer.close()
    process = spawn(WRITE_AND_LEAVE_A_CHILD, path)
    assert process.wait() == -signal.SIGKILL
    # Its child still waits for a line.
    LogWriter.open(str(path)).close()
    process.communicate("\n")


def test_other_threads_run_during_a_sync(tmp_path: Path) -> None:
    _, writer = create(tmp_path)
    counted = 0
    stop = threading.Event()

    def count() -> None:
        nonlocal counted
        while not stop.is_set():
            counted += 1
            time.sleep(0)

    thread = threading.Thread(target=count)
    thread.start()
    # The interpreter takes the GIL from nobody now: the other thread runs only when `append` lets it go.
    interval = set_switch_interval(1000.0)
    try:
        progress = []
        for number in range(50):
            before = counted
            writer.append([row(number)], durable=True)
            progress.append(counted > before)
    finally:
        set_switch_interval(interval)
        stop.set()
        thread.join()
    assert any(progress)


def set_switch_interval(seconds: float) -> float:
    before = sys.getswitchinterval()
    sys.setswitchinterval(seconds)
    return before


WRITE_FOR_A_WHILE = """
import sys
from claw._native import LogWriter
writer = LogWriter.open(sys.argv[1])
for number in range(int(sys.argv[2])):
    record = ("model.chunk", 1, number, 0, None, 0, number.to_bytes(8, "little") + b"x" * (number % 700))
    if number % 100 == 0:
        writer.append([record], durable=True)
    else:
        writer.append_one(*record)
writer.close()
"""


def test_a_reader_follows_a_writer_in_another_process(tmp_path: Path) -> None:
    path, writer = create(tmp_path)
    writer.close()
    reader = LogReader(str(path))
    process = spawn(WRITE_FOR_A_WHILE, path, 5000)
    seen = 0
    durable_before = 0
    while seen < 5000:
        assert reader.wait(seen, 60.0)
        written, durable = reader.refresh()
        assert durable_before <= durable <= written
        durable_before = durable
        for record in reader.read(seen, written):
            assert record[0] == seen == number_of(record[7])
            assert len(record[7]) == 8 + seen % 700
            seen += 1
    process.communicate()
    assert process.returncode == 0
    eventually(lambda: reader.refresh() == (5000, 5000), "the last sync")
    assert reader.verify().ok


WRITE_UNTIL_KILLED = """
import sys
from claw._native import LogWriter
writer = LogWriter.open(sys.argv[1])
while True:
    start = writer.next_seq
    rows = [("model.chunk", 1, n, 0, None, 0, n.to_bytes(8, "little") + b"y" * 100) for n in range(start, start + 3)]
    durable = start % 7 == 0
    first = writer.append(rows, durable=durable)
    print(first + 3, flush=True)
"""


def test_kill_9_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    path, writer = create(tmp_path)
    writer.close()
    acknowledged = 0
    for round_ in range(15):
        process = spawn(WRITE_UNTIL_KILLED, path)
        assert process.stdout is not None
        for _ in range(20 + 37 * round_):
            acknowledged = int(process.stdout.readline())
        process.kill()
        # Not by `communicate` alone, which leaves out what the lines above have read ahead.
        rest = process.stdout.read()
        process.communicate()
        whole = [line for line in rest.splitlines(keepends=True) if line.endswith("\n")]
        acknowledged = int(whole[-1]) if whole else acknowledged
        # Lazy records too: the kernel had them.
        found = numbers(path)
        assert len(found) >= acknowledged
        assert found == list(range(len(found)))
        assert LogReader(str(path)).verify().ok
    writer = LogWriter.open(str(path))
    assert writer.next_seq == len(found)
    writer.close()


def test_a_reader_that_is_open_across_a_kill_and_a_recovery(tmp_path: Path) -> None:
    path, writer = create(tmp_path)
    writer.close()
    reader = LogReader(str(path))
    seen: list[int] = []
    tokens: list[tuple[int, bytes]] = []
    for _ in range(5):
        process = spawn(WRITE_UNTIL_KILLED, path)
        assert reader.wait(len(seen) + 50, 60.0)
        process.kill()
        process.communicate()
        seen += [number_of(record[7]) for record in reader.read(len(seen))]
        tokens.append((len(seen) - 1, reader.chain_at(len(seen) - 1)))
        writer = LogWriter.open(str(path))
        recovery = writer.recovery
        assert recovery is not None
        assert not recovery.sealed
        assert recovery.last_seq is not None
        assert recovery.last_seq >= len(seen) - 1
        writer.close()
        assert [reader.rewound_to(*token) for token in tokens] == [None] * len(tokens)
    seen += [number_of(record[7]) for record in reader.read(len(seen))]
    assert seen == list(range(len(seen)))
    assert reader.refresh() == (len(seen), len(seen))
