"""`claw log`: the table of sessions, the events of one, and following it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import pytest

from claw import log as logs
from claw._native import LogWriter
from claw.events.codec import encode, envelop
from claw.events.input import InputReceived
from tests.cli.offline.sessions import Home, Session, conversation

HOSTILE = "\x1b]0;owned\x07\x1b[2J\r\u202eevil\u2028next\nline\x9b31m"


def lines(text: str) -> list[str]:
    return text.splitlines()


def test_without_sessions_it_says_how_to_start_one(home: Home) -> None:
    result = home.claw("log")
    assert (result.returncode, result.stdout) == (0, "")
    assert "no sessions" in result.stderr
    assert "claw -p" in result.stderr


def test_the_table_has_a_line_per_session(home: Home) -> None:
    first = home.record(conversation(name="fix-parser").log)
    stopped = Session()
    stopped.say()
    second = home.record(stopped.log)
    result = home.claw("log")
    assert result.returncode == 0, result.stderr
    header, *rows = lines(result.stdout)
    titles = ["id", "name or title", "last event", "workspace", "events", "cost", "state", "fork of"]
    assert header.split() == " ".join(titles).split()
    assert [row.split()[0] for row in rows] == [first[:8], second[:8]]
    assert "fix-parser" in rows[0]
    assert "$0.0100" in rows[0]
    assert "ended" in rows[0]
    assert "stopped" in rows[1]


def test_the_table_as_json(home: Home) -> None:
    session = conversation(name="one")
    name = home.record(session.log)
    row = json.loads(home.claw("log", "--json").stdout)
    assert row["id"] == name
    assert row["events"] == len(session.log)
    assert row["nusd"] == 10_000_000
    assert row["parent"] is None


def test_a_fork_names_its_parent_and_its_own_cost(home: Home) -> None:
    session = conversation()
    parent = home.record(session.log)
    fork = home.fork(parent, session, at=session.log[-1].seq)
    rows = [json.loads(line) for line in lines(home.claw("log", "--json").stdout)]
    assert [(row["id"], row["parent"], row["nusd"]) for row in rows] == [(parent, None, 10_000_000), (fork, parent, 0)]


def test_a_damaged_session_hides_no_other(home: Home) -> None:
    damaged = home.record(conversation().log)
    whole = home.record(conversation().log)
    segment = next(home.folder(damaged).glob("*.seg"))
    content = bytearray(segment.read_bytes())
    content[1_200:1_300] = bytes(100)
    segment.write_bytes(content)
    result = home.claw("log", "--json")
    assert result.returncode == 0
    states = {row["id"]: row["state"] for row in map(json.loads, lines(result.stdout))}
    assert states == {damaged: "damaged", whole: "ended"}


def test_a_session_that_is_being_written_is_running(home: Home) -> None:
    name = home.record(Session().log)
    writer = LogWriter.open(str(home.folder(name)))
    try:
        assert json.loads(home.claw("log", "--json").stdout)["state"] == "running"
    finally:
        writer.close()
    assert json.loads(home.claw("log", "--json").stdout)["state"] == "stopped"


def test_every_event_is_one_line(home: Home) -> None:
    session = conversation(question=HOSTILE)
    name = home.record(session.log)
    result = home.claw("log", name[:8])
    assert result.returncode == 0, result.stderr
    assert len(lines(result.stdout)) == len(session.log)
    assert not set(result.stdout) & set("\x1b\x07\r\u202e\x9b")
    assert "Bash(make)" in result.stdout


def test_json_lines_say_everything(home: Home) -> None:
    session = conversation(question=HOSTILE)
    name = home.record(session.log)
    rows = [json.loads(line) for line in home.claw("log", name, "--json").stdout.split("\n")[:-1]]
    assert [set(row) for row in rows] == [{"seq", "ts", "kind", "agent", "cause", "data"}] * len(session.log)
    assert [row["kind"] for row in rows] == [envelope.kind for envelope in session.log]
    (question,) = [row["data"]["text"] for row in rows if row["kind"] == "input.received"]
    assert question == HOSTILE


@pytest.mark.parametrize(
    ("options", "kinds"),
    [
        (["--kind", "input.received"], {"input.received"}),
        (
            ["--kind", "tool.*"],
            {
                f"tool.{name}"
                for name in ["requested", "resolve_requested", "resolved", "started", "output", "finished"]
            },
        ),
        (["-k", "input.*", "-k", "session.ended"], {"input.received", "session.ended"}),
        (["--from", "0", "--to", "1"], {"session.started", "context.instructions_requested"}),
        (["--from", "-1"], {"session.ended"}),
        (["--from", "5000"], set()),
        (["--durable", "--to", "0"], {"session.started"}),
    ],
)
def test_which_events(home: Home, options: list[str], kinds: set[str]) -> None:
    home.record(conversation().log)
    result = home.claw("log", "@last", "--json", *options)
    assert result.returncode == 0, result.stderr
    assert {json.loads(line)["kind"] for line in lines(result.stdout)} == kinds


def append(writer: LogWriter, text: str, *, durable: bool = True) -> None:
    envelope = envelop(InputReceived(text=text), seq=writer.next_seq, ts=1, agent=0, cause=None)
    logs.append(writer, [envelope], durable=durable)


def test_following_sees_what_another_process_writes(home: Home) -> None:
    session = Session()
    name = home.record(session.log)
    writer = LogWriter.open(str(home.folder(name)))
    following = home.start("log", name, "--json", "-f", "--from", str(len(session.log)))
    assert following.stdout is not None
    try:
        for number in range(3):
            append(writer, f"line {number}", durable=number == 1)
            assert json.loads(following.stdout.readline())["data"]["text"] == f"line {number}"
    finally:
        writer.close()
        following.send_signal(signal.SIGINT)
        following.communicate(timeout=20)
    assert following.returncode == 130


BLOCKS = 1024
"""Where the blocks of a segment begin."""
WRITE_AND_DIE = """
import os, signal, sys
from claw._native import LogWriter
writer = LogWriter.open(sys.argv[1])
writer.append([("input.received", 1, 1, 0, None, 2, bytes.fromhex(sys.argv[2]))], durable=False)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_following_tells_of_a_tail_that_was_lost(home: Home) -> None:
    """What a crash of the machine leaves: the last block never reached the disk, and another took its place."""
    session = Session()
    name = home.record(session.log, close=False)
    folder = home.folder(name)
    lost = encode(InputReceived(text="lost")).hex()
    subprocess.run([sys.executable, "-c", WRITE_AND_DIE, str(folder), lost], check=False, timeout=20)
    with home.start("log", name, "--json", "-f", "--from", str(len(session.log))) as following:
        assert following.stdout is not None
        assert json.loads(following.stdout.readline())["data"]["text"] == "lost"
        following.send_signal(signal.SIGSTOP)
        last = max(folder.glob("*.seg"))
        content = last.read_bytes()
        last.write_bytes(content[:BLOCKS] + bytes(len(content) - BLOCKS))
        writer = LogWriter.open(str(folder))
        append(writer, "kept")
        following.send_signal(signal.SIGCONT)
        assert json.loads(following.stdout.readline())["data"]["text"] == "kept"
        following.send_signal(signal.SIGINT)
        _, notes = following.communicate(timeout=20)
    writer.close()
    assert f"rewound to event {len(session.log) - 1}" in notes


def test_following_ends_at_the_last_event_asked_for(home: Home) -> None:
    name = home.record(conversation().log)
    result = home.claw("log", name, "-f", "--to", "2")
    assert result.returncode == 0
    assert len(lines(result.stdout)) == 3


def test_following_ends_when_nobody_reads(home: Home) -> None:
    with home.start("log", home.record(conversation().log), "-f") as following:
        assert following.stdout is not None
        following.stdout.readline()
        following.stdout.close()
        assert following.wait(timeout=20) == 141


@pytest.mark.parametrize(
    ("arguments", "code", "message", "hint"),
    [
        (["zzz"], 2, "no session has the id or name 'zzz'", "claw log"),
        (["0"], 2, "means 2 sessions", "more of the id"),
        (["@last@"], 2, "names no session or event", "claw log"),
        (["@last@0"], 2, "is one event of a session", "claw show @last@0"),
        (["@last", "--kind", "tool"], 2, "there is no kind of event 'tool'", "tool.*"),
        (["--kind", "tool.*"], 2, "one session", "claw log @last"),
        (["@last", "--from", "x"], 2, "should be a valid integer", "--help"),
        (["./nowhere"], 2, "there is no folder ./nowhere", "claw log"),
        (["/"], 2, "no log", ""),
    ],
)
def test_bad_input(home: Home, arguments: list[str], code: int, message: str, hint: str) -> None:
    home.record(conversation().log)
    home.record(conversation().log)
    result = home.claw("log", *arguments)
    assert (result.returncode, result.stdout) == (code, ""), result.stderr
    assert message in result.stderr
    assert hint in result.stderr
    assert "Traceback" not in result.stderr


def test_a_home_that_is_a_file(home: Home) -> None:
    home.path.write_text("")
    result = home.claw("log")
    assert result.returncode == 2
    assert "cannot read" in result.stderr


def test_no_home_at_all(home: Home) -> None:
    result = home.claw("log", CLAW_HOME="", HOME="")
    assert result.returncode == 2
    assert "export CLAW_HOME" in result.stderr
