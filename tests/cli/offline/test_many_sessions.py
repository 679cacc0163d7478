"""Homes with many sessions: what is listed, which one is meant, and that what is kept of them is never believed."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from claw import log
from claw._native import LogWriter
from claw.cli.live.latest import last_in
from claw.cli.terminal.session_rows import sessions
from claw.events.base import Blob
from claw.events.codec import envelop
from claw.events.content import TextBlock
from claw.events.session import SessionRenamed
from claw.events.tool import ToolFinished
from claw.log.catalogue import CATALOGUE, CERTAIN, WORTH_KEEPING
from tests.cli.offline.sessions import Home, Session, conversation

MANY = 130


def filled(home: Home, count: int = MANY) -> list[str]:
    """So many sessions, each named after its number; written in the order of their ids, an hour ago."""
    ids = [home.record(conversation(name=f"n{number}").log) for number in range(count)]
    age(home, ids)
    return ids


def age(home: Home, ids: list[str], seconds: int = 3600) -> None:
    for place, id in enumerate(ids):
        when = time.time() - seconds + place
        for file in home.folder(id).glob("*.seg"):
            os.utime(file, (when, when))


def rename(home: Home, id: str, name: str) -> None:
    path = str(home.folder(id))
    writer = LogWriter.open(path)
    event = envelop(SessionRenamed(name=name), seq=writer.next_seq, ts=time.time_ns(), agent=0, cause=None)
    log.append(writer, [event], durable=True)
    writer.close()


def test_the_latest_are_listed_and_the_others_counted(home: Home) -> None:
    ids = filled(home)
    rename(home, ids[3], "again")
    listed = home.claw("log")
    _, *rows = listed.stdout.splitlines()
    assert [row.split()[1] for row in rows] == ["again", *(f"n{number}" for number in range(MANY - 99, MANY))]
    assert f"{MANY - 100} more sessions" in listed.stderr
    whole = home.claw("log", "--all")
    assert len(whole.stdout.splitlines()) == MANY + 1
    assert whole.stderr == ""
    assert len(home.claw("log", "--json").stdout.splitlines()) == MANY
    short = rows[5].split()[0]
    assert [id for id in ids if id.startswith(short)] == [ids[MANY - 99 + 4]], "a prefix that names it among all"
    assert home.claw("log", "--all", short).returncode == 2


def test_what_is_kept_of_sessions_changes_no_answer(home: Home) -> None:
    """Without the catalogue, with it, with one that is nonsense or a lie: the same output."""
    ids = filled(home, WORTH_KEEPING + 5)
    commands = [["log"], ["log", "n7"], ["log", "@last"], ["log", "no-such-name"], ["cost"], ["log", ids[3][:-1]]]
    before = [home.claw(*command) for command in commands]
    catalogue = home.path / CATALOGUE
    assert catalogue.is_file(), "nothing was kept"
    kept = msgspec.msgpack.decode(catalogue.read_bytes())
    assert set(kept) == set(ids)
    swapped = {id: [*kept[id][:3], f"n{number + 1}", *kept[id][4:]] for number, id in enumerate(ids)}
    harms: list[Callable[[], object]] = [
        lambda: None,
        catalogue.unlink,
        lambda: catalogue.write_bytes(b"nonsense"),
        lambda: catalogue.write_bytes(msgspec.msgpack.encode({id: [*entry[:9], b"x"] for id, entry in kept.items()})),
        lambda: (catalogue.unlink(missing_ok=True), os.mkfifo(catalogue)),
        lambda: (catalogue.unlink(), catalogue.symlink_to("/dev/zero")),
    ]
    for harm in harms:
        harm()
        for command, told in zip(commands, before, strict=True):
            now = home.claw(*command)
            assert (now.returncode, now.stdout, now.stderr) == (told.returncode, told.stdout, told.stderr), command
    catalogue.unlink(missing_ok=True)
    catalogue.write_bytes(msgspec.msgpack.encode(swapped))
    lied = home.claw("log", "n7")
    assert (lied.returncode, lied.stdout) == (0, before[1].stdout), "a session is not found under its own name"


FOLDER, LAST = 4, 7
"""Places in what is kept of a session."""


def forged(kept: dict[str, list[object]], id: str, place: int, value: object) -> dict[str, list[object]]:
    return kept | {id: [*kept[id][:place], value, *kept[id][place + 1 :]]}


def test_a_forged_catalogue_leads_to_no_other_session(home: Home) -> None:
    """Of a folder with a session each at the end and the beginning of many: the last one there, whatever is kept."""
    ids = []
    for number in range(WORTH_KEEPING + CERTAIN + 5):
        folder = {0: "/old", 5: "/here"}.get(number, "/there")
        begun, *others = conversation(name=f"n{number}").log
        begun = replace(begun, data=replace(begun.data, workspace=folder))
        others = [replace(one, ts=one.ts + number * 10**9) for one in others]
        ids.append(home.record([begun, *others]))
    age(home, ids)
    found = log.Home(home.path)
    answers = {"/old": ids[0], "/here": ids[5], "/there": ids[-1]}
    assert home.claw("log", "--all").returncode == 0
    catalogue = home.path / CATALOGUE
    kept = msgspec.msgpack.decode(catalogue.read_bytes())
    assert set(kept) == set(ids)
    moved = [forged(kept, id, FOLDER, folder) for id in (ids[1], ids[9], *ids[-3:]) for folder in ("/old", "/here")]
    later = [forged(kept, id, LAST, 2**62) for id in (ids[0], ids[-2])]
    hidden = [forged(kept, ids[-1], FOLDER, "/x"), forged(kept, ids[-1], LAST, 0)]
    for lie in (kept, *moved, *later, *hidden, forged(moved[0], ids[9], FOLDER, "/here")):
        for folder, expected in answers.items():
            catalogue.write_bytes(msgspec.msgpack.encode(lie))
            assert Path(last_in(found, folder)).name == expected, folder
        catalogue.write_bytes(msgspec.msgpack.encode(lie))
        assert log.find(found, "@last").name == ids[-1]
    lies = {id: [*entry[:3], "lie", "/lie", *entry[5:]] for id, entry in kept.items()}
    catalogue.write_bytes(msgspec.msgpack.encode(lies))
    shown = " ".join(f"{row.text} {row.beside} {row.words}" for row in sessions(found, "/elsewhere").rows[:CERTAIN])
    assert "/there" in shown
    assert "lie" not in shown


def test_what_has_changed_is_looked_at_again(home: Home) -> None:
    ids = filled(home, WORTH_KEEPING + 5)
    assert home.claw("log", "n7").returncode == 0
    rename(home, ids[7], "elsewhere")
    assert home.claw("log", "n7").returncode == 2
    assert home.claw("log", "elsewhere").returncode == 0
    shutil.rmtree(home.folder(ids[8]))
    assert home.claw("log", "n8").returncode == 2
    assert home.claw("log", "@last").stdout == home.claw("log", ids[7]).stdout


def test_the_last_session_is_the_one_with_the_latest_event_whatever_the_files_say(home: Home) -> None:
    ids = filled(home, 6)
    rename(home, ids[2], "latest")
    age(home, [*ids[3:], *ids[:2]], seconds=-5)  # copied back from somewhere, say
    assert home.claw("log", "@last").stdout == home.claw("log", ids[2]).stdout


@pytest.fixture
def searched(home: Home) -> tuple[Home, str]:
    session = Session()
    session.say("where is the needle?")
    session.run_tool("Bash", '{"command":"make"}', "hay\nhay\n  a needle in it \nhay\n")
    session.stream("It is of type needle. " + "x" * 300 + " end of it")
    return home, home.record(session.log)


def found(home: Home, id: str, *arguments: str) -> list[str]:
    done = home.claw("log", id, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_events_are_found_by_what_they_say(searched: tuple[Home, str]) -> None:
    home, id = searched
    kinds = [line.split()[3] for line in found(home, id, "--grep", "needle") if not line.startswith("   " * 3)]
    assert "input.received" in kinds
    assert "tool.finished" in kinds
    assert "model.finished" in kinds
    _, beside = found(home, id, "--grep", "end of it$", "-k", "model.finished")
    assert beside.strip().startswith("It is of type needle"), "the line in which it is, where it is not shown"
    assert found(home, id, "-g", "(?i)NEEDLE", "--kind", "input.*") == found(home, id, "--kind", "input.*")
    assert found(home, id, "--grep", "model|text|tool_use", "-k", "model.chunk") == [], "kinds are no text"
    assert found(home, id, "--grep", "no such thing") == []
    assert found(home, id, "--grep", "needle", "--to", "2") == []


def test_a_bad_expression_is_said_in_a_sentence(searched: tuple[Home, str]) -> None:
    home, id = searched
    done = home.claw("log", id, "--grep", "(")
    assert done.returncode != 0
    assert "bad regular expression" in done.stderr
    assert "Traceback" not in done.stderr


def test_content_that_lies_beside_the_log_is_searched_too(home: Home) -> None:
    session = Session()
    session.say("go")
    session.run_tool("Bash", '{"command":"make"}')
    id = home.record(session.log)
    blobs = log.SessionBlobs(str(home.folder(id)))
    text = "line\n" * 20_000 + "the needle\n"
    for content in (text, "other"):
        blob = Blob(digest=blobs.put(content.encode()), size=len(content))
        writer = LogWriter.open(str(home.folder(id)))
        event = ToolFinished(call=1, content=(TextBlock(text=blob),))
        log.append(writer, [envelop(event, seq=writer.next_seq, ts=0, agent=0, cause=1)], durable=True)
        writer.close()
    lines = found(home, id, "--grep", "needle$")
    assert len(lines) == 2
    assert "tool.finished" in lines[0]
    assert lines[1].strip() == "the needle"


def test_a_catalogue_is_never_written_through_a_link(home: Home, tmp_path: Path) -> None:
    filled(home, WORTH_KEEPING + 1)
    precious = tmp_path / "precious"
    precious.write_text("precious")
    (home.path / CATALOGUE).symlink_to(precious)
    assert home.claw("log").returncode == 0
    assert precious.read_text() == "precious"
    assert not (home.path / CATALOGUE).is_symlink()
