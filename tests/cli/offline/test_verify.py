"""`claw verify` and `claw fsck`: what is whole passes, what is not is named, and the rest can be saved."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

from claw._native import LogReader
from tests.cli.offline.sessions import Home, Session, conversation


def segment_of(home: Home, session: str) -> Path:
    (segment,) = home.folder(session).glob("*.seg")
    return segment


def damage(home: Home, session: str) -> int:
    """Flip one bit in the middle of the records; its offset."""
    segment = segment_of(home, session)
    content = bytearray(segment.read_bytes())
    offset = content.index(b"input.received") + 3
    content[offset] ^= 1
    segment.write_bytes(content)
    return offset


def test_a_whole_session(home: Home) -> None:
    session = conversation()
    name = home.record(session.log)
    result = home.claw("verify", name)
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith(f"ok  {name}  {len(session.log)} events, sealed, chain ")


def test_all_sessions_forks_too(home: Home) -> None:
    session = conversation()
    parent = home.record(session.log)
    fork = home.fork(parent, session, at=session.log[-1].seq)
    result = home.claw("verify", "--all")
    assert result.returncode == 0, result.stderr
    assert [line.split()[1] for line in result.stdout.splitlines()] == [parent, fork]


def test_open_calls_are_told_and_no_fault(home: Home) -> None:
    session = Session()
    session.say()
    home.record(session.log)
    result = home.claw("verify", "@last")
    assert result.returncode == 0
    assert "1 call open" in result.stdout


def test_one_flipped_bit(home: Home) -> None:
    damaged, whole = home.record(conversation().log), home.record(conversation().log)
    damage(home, damaged)
    result = home.claw("verify", damaged, whole)
    assert result.returncode == 9
    first, second = result.stdout.splitlines()
    assert first.startswith(f"FAILED  {damaged}")
    assert second.startswith(f"ok  {whole}")
    assert "byte" in result.stderr


def test_an_event_that_cannot_be(home: Home) -> None:
    log = [envelope for envelope in conversation().log if envelope.kind != "permission.granted"]
    name = home.record([msgspec.structs.replace(envelope, seq=seq) for seq, envelope in enumerate(log)])
    result = home.claw("verify", name)
    assert result.returncode == 9
    assert "(tool.started): it started without an allow or a grant before it" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "name the sessions to verify"),
        (["@last", "--all"], "name the sessions to verify"),
        (["@last@3"], "is one event of a session"),
        (["nobody"], "no session has the id or name"),
    ],
)
def test_bad_input(home: Home, arguments: list[str], message: str) -> None:
    home.record(conversation().log)
    result = home.claw("verify", *arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert message in result.stderr


def test_fsck_of_a_whole_log(home: Home) -> None:
    home.record(conversation().log)
    result = home.claw("fsck", "@last")
    assert result.returncode == 0, result.stderr
    assert "damage     none" in result.stdout
    assert "cleanly" in result.stdout


def test_fsck_names_the_place_and_the_way_out(home: Home) -> None:
    name = home.record(conversation().log)
    damage(home, name)
    result = home.claw("fsck", name)
    assert result.returncode == 9
    assert str(segment_of(home, name)) in result.stdout
    assert f"claw fsck --salvage {name}" in result.stdout


def test_salvage_saves_what_is_before_the_damage(home: Home) -> None:
    session = conversation()
    name = home.record(session.log[:9], close=False)
    before = segment_of(home, name).read_bytes()
    whole = LogReader(str(home.folder(name))).verify().records
    result = home.claw("fsck", name, "--salvage")
    assert result.returncode == 0, result.stderr
    saved = result.stdout.strip()
    assert saved != name
    assert LogReader(str(home.folder(saved))).refresh()[0] == whole + 1 == 10, "and the event that says where from"
    assert segment_of(home, name).read_bytes() == before
    assert home.claw("verify", saved).returncode == 0


def test_salvage_with_damage_keeps_a_prefix(home: Home) -> None:
    name = home.record(conversation().log)
    damage(home, name)
    result = home.claw("fsck", name, "--salvage")
    assert home.claw("verify", name).returncode == 9
    if result.returncode == 9:
        assert "nothing to save" in result.stderr
        assert len(list((home.path / "sessions").iterdir())) == 1
    else:
        assert "left behind" in result.stderr
        assert LogReader(str(home.folder(result.stdout.strip()))).verify().ok


def test_a_newer_format_is_no_damage(home: Home) -> None:
    name = home.record(conversation().log)
    segment = segment_of(home, name)
    segment.write_bytes(newer(segment.read_bytes()))
    for command in ("verify", "fsck", "log"):
        result = home.claw(command, name)
        assert result.returncode == 1, (command, result.stderr)
        assert "newer claw" in result.stderr


def newer(content: bytes) -> bytes:
    """The segment as a later format would begin: version 3, and a checksum that says so."""
    header = content[:8] + (3).to_bytes(4, "little") + content[12:508]
    return header + crc32c(header).to_bytes(4, "little") + content[512:]


def crc32c(content: bytes) -> int:
    crc = 0xFFFFFFFF
    for byte in content:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def test_a_folder_that_cannot_be_read(home: Home) -> None:
    if os.geteuid() == 0:
        pytest.skip("root reads everything")
    name = home.record(conversation().log)
    segment_of(home, name).chmod(0)
    assert home.claw("verify", name).returncode == 1
