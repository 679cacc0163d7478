"""What was allowed in a session is taken back from outside: `claw permissions revoke --session`."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.live.tmux import Terminal, answer, asked, ready
from tests.cli.live.world import World, text, told, tool

Start = Callable[..., Terminal]

CALL = tool("Bash", {"command": "touch made"})
RULE = "Bash(touch made)"


def ask_again(world: World) -> bool:
    """Go on with the session and have the model make the call again; whether it was allowed to."""
    (world.workspace / "made").unlink(missing_ok=True)
    done = world.run("resume", "@last", "-p", "Again.")
    assert done.returncode in (0, 3), told(done)
    return (world.workspace / "made").exists()


@pytest.fixture
def grant(world: World, terminal: Start) -> Callable[[str], Terminal]:
    """Runs a session that is told yes by this choice; it still runs."""

    def give(choice: str) -> Terminal:
        world.serve(CALL, text("Done."), CALL, text("Over."), CALL, text("Over."))
        opened = ready(terminal())
        opened.enter("Make it.")
        assert RULE in asked(opened)
        answer(opened, choice)
        opened.wait("● Done.")
        opened.wait_idle()
        return opened

    return give


def left(opened: Terminal) -> None:
    opened.enter("/quit")
    assert opened.exit_code() == 0


def test_a_grant_of_a_session_is_taken_back_there_and_recorded(world: World, grant: Callable[[str], Terminal]) -> None:
    left(grant("Yes, and for the rest of this session"))
    assert ask_again(world)
    session = world.sessions()[0]
    done = world.run("permissions", "revoke", "--session", "@last", RULE)
    assert (done.returncode, done.stdout.decode()) == (0, f"no longer allowed in {session}: {RULE}\n"), told(done)
    assert world.kinds()[-2:] == ["input.command_invoked", "permission.revoked"]
    assert not ask_again(world)
    for command in ("verify", "replay"):
        checked = world.run(command, "@last")
        assert checked.returncode == 0, told(checked)


def test_without_a_rule_all_that_was_granted_is_taken_back(world: World, grant: Callable[[str], Terminal]) -> None:
    left(grant("Yes, and for the rest of this session"))
    assert world.run("permissions", "revoke", "--session", "@last").returncode == 0
    assert not ask_again(world)
    done = world.run("permissions", "revoke", "--session", "@last")
    assert done.returncode == 2
    assert "nothing is granted in" in told(done)


def test_what_was_not_granted_is_an_error_that_says_what_was(world: World, grant: Callable[[str], Terminal]) -> None:
    left(grant("Yes, and for the rest of this session"))
    before = world.kinds()
    done = world.run("permissions", "revoke", "--session", "@last", "Edit")
    assert (done.returncode, done.stdout) == (2, b"")
    assert "Edit is not granted in" in told(done)
    assert f"granted there: {RULE}" in told(done)
    assert world.kinds() == before


def test_always_is_taken_back_in_both_places_and_each_names_the_other(
    world: World, grant: Callable[[str], Terminal]
) -> None:
    left(grant("Yes, always"))
    session = world.sessions()[0]
    done = world.run("permissions", "revoke", RULE)
    assert f"try: claw permissions revoke --session {session} '{RULE}'" in told(done)
    assert ask_again(world)
    done = world.run("permissions", "revoke", "--session", session, RULE)
    assert done.returncode == 0
    assert "is in ~/.claude/settings.json, too" not in told(done)
    assert not ask_again(world)


def test_always_in_the_settings_is_named_when_it_is_taken_back_in_the_session(
    world: World, grant: Callable[[str], Terminal]
) -> None:
    left(grant("Yes, always"))
    done = world.run("permissions", "revoke", "--session", "@last", RULE)
    assert f"also saved in ~/.claude/settings.json: claw permissions revoke '{RULE}'" in told(done)
    assert json.loads((world.home / ".claude" / "settings.json").read_text())["permissions"]["allow"] == [RULE]


def test_where_the_session_runs_it_is_taken_back_there(world: World, grant: Callable[[str], Terminal]) -> None:
    opened = grant("Yes, and for the rest of this session")
    done = world.run("permissions", "revoke", "--session", "@last", RULE)
    assert (done.returncode, done.stdout) == (2, b"")
    assert "type /permissions revoke RULE where claw runs it" in told(done)
    opened.enter(f"/permissions revoke {RULE}")
    opened.wait(f"no longer allowed: {RULE}")


def test_a_log_whose_last_write_broke_off_is_left_as_it_is(world: World, grant: Callable[[str], Terminal]) -> None:
    opened = grant("Yes, and for the rest of this session")
    whole = world.claw_home / "sessions" / world.sessions()[0]
    torn = world.root / "torn" / whole.name
    shutil.copytree(whole, torn)
    left(opened)
    segment = max(torn.glob("*.seg"))
    _cut(segment, torn)
    before = segment.read_bytes()
    done = world.run("permissions", "revoke", "--session", str(torn), RULE)
    assert done.returncode == 2
    assert f"claw resume {whole.name}" in told(done)
    assert segment.read_bytes() == before


def _cut(segment: Path, log: Path) -> None:
    """Leave the start of one more block behind the last one."""
    data = segment.read_bytes()
    end = len(data.rstrip(b"\0"))
    segment.write_bytes(data[:end] + data[end - 8 : end] + b"\1" * 40 + data[end + 48 :])
