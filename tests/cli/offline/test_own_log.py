"""The user's own log is read by the verbs that read a session, and is none."""

from __future__ import annotations

import json

from claw.events.note import NoteOrigin, NoteRemoved, NoteWritten
from claw.log import Home as Sessions
from claw.log.personal import PersonalLog
from tests.cli.offline.sessions import Home, conversation


def own_log(home: Home) -> PersonalLog:
    own = PersonalLog.of(Sessions(home.path))
    origin = NoteOrigin(by="model", session="01", seq=7, project="/src")
    own.append([NoteWritten(name="build.md", text="make, not\x1b[2J cmake", origin=origin, project="/src")])
    own.append([NoteRemoved(note=0, origin=NoteOrigin())])
    return own


def test_the_verbs_that_read_a_log_read_it(home: Home) -> None:
    nothing = home.claw("log", "user")
    assert (nothing.returncode, nothing.stdout) == (2, "")
    assert "there is nothing in your own log yet" in nothing.stderr
    session = home.record(conversation().log)
    own = own_log(home)

    assert session in home.claw("log", "--json").stdout
    assert len(home.claw("log", "--json").stdout.splitlines()) == 1, "it is not listed among the sessions"
    assert home.claw("log", "@last", "--json").stdout != home.claw("log", "user", "--json").stdout

    listed = home.claw("log", "user").stdout
    assert "note.written" in listed
    assert "build.md for /src: make, not" in listed
    assert "\x1b[2J" not in listed
    assert [
        json.loads(line)["kind"] for line in home.claw("log", "user", "--json", "-k", "note.r*").stdout.splitlines()
    ] == ["note.removed"]
    shown = home.claw("show", "user@0")
    assert shown.stdout.startswith("note.written user@0")
    assert '"session": "01"' in shown.stdout
    assert home.claw("show", "user").returncode == 2
    verified = home.claw("verify", "user")
    assert verified.stdout.startswith("ok  user  2 events, not sealed, chain "), verified.stderr
    assert [line.split()[1] for line in home.claw("verify", "--all").stdout.splitlines()] == [session, "user"]
    explained = home.claw("fsck", "user").stdout
    assert "left open for the next who writes" in explained
    assert "damage     none" in explained
    replayed = home.claw("replay", "user")
    assert (replayed.returncode, replayed.stdout.count("nothing is decided in your own log")) == (0, 1)
    assert home.claw("replay", "--all").stdout.startswith(session)

    for command in (["cost"], ["context"], ["fork"], ["permissions", "revoke", "--session"]):
        refused = home.claw(*command, "user")
        assert refused.returncode == 2, command
        assert "your own log, and no session" in refused.stderr, command
    assert len(list(own.read())) == 2


def test_what_is_whole_of_a_damaged_one_goes_on(home: Home) -> None:
    own = own_log(home)
    own.append([NoteWritten(name="later.md", text="a later one", origin=NoteOrigin())])
    segment = own.path / "00000001.seg"
    segment.write_bytes(segment.read_bytes().replace(b"a later one", b"a wrong one"))
    assert home.claw("verify", "user").returncode == 9
    told = home.claw("fsck", "user")
    assert told.returncode == 9
    assert "claw fsck --salvage user" in told.stdout
    saved = home.claw("fsck", "--salvage", "user")
    assert saved.returncode == 0, saved.stderr
    assert "2 records saved in your own log" in saved.stderr
    assert [envelope.kind for envelope in own.read()] == ["note.written", "note.removed", "session.salvaged"]
    assert home.claw("verify", "user").returncode == 0
    (aside,) = home.path.glob("user.*.damaged")
    assert (aside / "00000001.seg").read_bytes().count(b"a wrong one") == 1
    own.append([NoteWritten(name="again.md", text="", origin=NoteOrigin())])
    assert home.claw("verify", "user").returncode == 0
