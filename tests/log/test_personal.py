"""The user's own log: many processes write to it, each for a moment, and what was acknowledged to any stays."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from claw import errors
from claw._native import LogReader, LogWriter
from claw.events.note import NoteEdited, NoteOrigin, NoteRemoved, NoteWritten
from claw.log import Home
from claw.log import personal as personal_log
from claw.log.personal import PersonalLog
from claw.projections.notes import NOTES, Notes
from tests.log.support import spawn

ME = NoteOrigin()

WRITE = """
import sys
from pathlib import Path
from claw.events.note import NoteOrigin, NoteWritten
from claw.log.personal import PersonalLog
personal = PersonalLog(Path(sys.argv[1]))
sys.stdin.readline()
for number in range(int(sys.argv[3])):
    (written,) = personal.append([NoteWritten(name=f"{sys.argv[2]}-{number}", text="x" * 300, origin=NoteOrigin())])
    print(written.seq, flush=True)
"""

COUNT = """
import sys
from pathlib import Path
from claw.events.note import NoteOrigin, NoteWritten
from claw.log.personal import PersonalLog
from claw.projections.notes import NOTES
personal = PersonalLog(Path(sys.argv[1]))
sys.stdin.readline()
def next_one(notes):
    return [NoteWritten(name=str(len(notes.by_id)), text="", origin=NoteOrigin())]
for _ in range(20):
    personal.change(NOTES, next_one)
"""


@pytest.fixture
def own(tmp_path: Path) -> PersonalLog:
    return PersonalLog.of(Home(tmp_path / "home"))


def note(name: str, text: str = "text", project: str = "") -> NoteWritten:
    return NoteWritten(name=name, text=text, project=project, origin=ME)


def names(own: PersonalLog) -> list[str]:
    return [found.name for found in own.fold(NOTES).by_id.values()]


@contextmanager
def begun(code: str, *arguments: tuple[object, ...]) -> Iterator[list[subprocess.Popen[str]]]:
    """Processes that begin at the same time; over when this ends."""
    with ExitStack() as stack:
        workers = [stack.enter_context(spawn(code, *given)) for given in arguments]
        for worker in workers:
            assert worker.stdin
            worker.stdin.write("\n")
            worker.stdin.flush()
        yield workers


def is_whole(own: PersonalLog) -> bool:
    return LogReader(str(own.path)).verify().ok


def test_it_begins_with_the_first_event_and_is_the_fold_of_all(own: PersonalLog) -> None:
    assert own.fold(NOTES) == Notes()
    assert not own.path.parent.exists(), "who only reads makes nothing"
    first, second = own.append([note("a.md"), note("b.md", project="/src")])
    assert (first.seq, second.seq, first.kind, first.cause) == (0, 1, "note.written", None)
    model = NoteOrigin(by="model", session="01", seq=7, project="/src")
    (edited,) = own.append([NoteEdited(note=1, name="c.md", text="other", origin=model)])
    found = own.fold(NOTES)
    assert [(one.name, one.text, one.project) for one in found.of("/src")] == [
        ("a.md", "text", ""),
        ("c.md", "other", "/src"),
    ]
    assert found.by_id[1].origin == model
    assert (found.by_id[1].written, found.by_id[1].changed) == (second.ts, edited.ts)
    assert [one.name for one in found.of("/elsewhere")] == ["a.md"]
    own.append([NoteRemoved(note=0, origin=ME), NoteEdited(note=0, name="a.md", text="late", origin=ME)])
    assert names(own) == ["c.md"]
    assert len(list(own.read())) == 5, "what was removed stays in the log"
    (folder,) = own.path.parent.iterdir()
    assert folder == own.path
    assert folder.parent.stat().st_mode & 0o077 == 0


def test_what_is_decided_by_what_is_there_is_decided_under_the_lock(own: PersonalLog) -> None:
    assert own.change(NOTES, lambda notes: []) == []
    with pytest.raises(errors.UsageError):
        own.change(NOTES, lambda notes: (_ for _ in ()).throw(errors.UsageError("no")))
    own.append([note("a.md")])
    with begun(COUNT, *[(own.path,)] * 4) as workers:
        assert [worker.wait() for worker in workers] == [0, 0, 0, 0]
    assert names(own)[1:] == [str(number) for number in range(1, 81)], "none has counted what another had not read"


def test_writers_that_are_killed_take_nothing_from_the_others(own: PersonalLog) -> None:
    """All begin at once, with the making of the log; some are killed while they write."""
    acknowledged: dict[str, int] = {}
    with begun(WRITE, *[(own.path, which, 5000 if which < 4 else 60) for which in range(7)]) as workers:
        for which, worker in enumerate(workers):
            assert worker.stdout
            seen = []
            if which < 4:
                seen = [int(worker.stdout.readline()) for _ in range(10)]
                worker.send_signal(signal.SIGKILL)
            seen += [int(line) for line in worker.stdout.read().splitlines()]
            assert which < 4 or len(seen) == 60
            acknowledged |= {f"{which}-{number}": seq for number, seq in enumerate(seen)}
    there = {found.name: found.id for found in own.fold(NOTES).by_id.values()}
    assert {name: there[name] for name in acknowledged} == acknowledged, "each is there, where its writer was told"
    assert len(there) - len(acknowledged) <= 4, "of each that was killed at most one more, and nothing twice"
    assert is_whole(own)
    own.append([note("after")])
    assert names(own)[-1] == "after"
    assert not list(own.path.parent.glob("*.new"))


def test_an_append_makes_no_segment_and_waits_for_the_disk_twice(own: PersonalLog) -> None:
    for number in range(200):
        own.append([note(str(number))])
    assert [file.name for file in own.path.glob("*.seg")] == ["00000001.seg"]
    assert LogReader(str(own.path)).verify().durable_upto == 199
    for number in range(200, 240):
        own.append([note(str(number), "x" * 8000)])
    assert len(list(own.path.glob("*.seg"))) == 2, "the first of 256 KiB is full"
    assert is_whole(own)
    assert len(names(own)) == 240


def test_what_a_crash_of_the_machine_left_is_gone_on_with(own: PersonalLog) -> None:
    """A mark that was lost, bytes behind what is known: neither is written over, and the log goes on behind them."""
    own.append([note("a")])
    own.append([note("b")])
    segment = own.path / "00000001.seg"
    content = segment.read_bytes()
    mark = (len(content.rstrip(b"\0")) - 1) // 512 * 512  # the last one has a sector of its own
    segment.write_bytes(content[:mark] + bytes(len(content) - mark))
    own.append([note("c")])
    assert names(own) == ["a", "b", "c"]
    newest = sorted(own.path.glob("*.seg"))[-1]
    assert newest != segment, "b was not known to be on the disk, so it is written again"
    content = bytearray(newest.read_bytes())
    used = len(content.rstrip(b"\0"))
    content[used + 50 : used + 60] = b"half-made "
    newest.write_bytes(content)
    own.append([note("d")])
    assert names(own) == ["a", "b", "c", "d"]
    (aside,) = own.path.glob("*.torn")
    assert b"half-made " in aside.read_bytes()
    assert is_whole(own)


def test_who_waits_too_long_is_told_who_writes(own: PersonalLog, monkeypatch: pytest.MonkeyPatch) -> None:
    own.append([note("a")])
    held = LogWriter.open(str(own.path), continues=True)
    monkeypatch.setattr(personal_log, "PATIENCE", 0.05)
    with pytest.raises(errors.LogLocked) as caught:
        own.append([note("c")])
    assert f"process {os.getpid()}" in str(caught.value)
    assert caught.value.hint
    monkeypatch.undo()
    done: list[int] = []
    waiting = threading.Thread(target=lambda: done.append(own.append([note("b")])[0].seq))
    waiting.start()
    held.leave()
    waiting.join()
    assert done == [1]
    assert names(own) == ["a", "b"]


def test_damage_is_not_written_over(own: PersonalLog) -> None:
    own.append([note("a", "first")])
    own.append([note("b")])
    segment = own.path / "00000001.seg"
    segment.write_bytes(segment.read_bytes().replace(b"first", b"worst"))
    before = segment.read_bytes()
    with pytest.raises(errors.LogCorrupt):
        own.append([note("c")])
    assert segment.read_bytes() == before


def test_a_home_that_cannot_be_made_is_said() -> None:
    with pytest.raises(errors.LogError, match="cannot make your own log in /proc/nothing/user"):
        PersonalLog.of(Home(Path("/proc/nothing"))).append([note("a")])
