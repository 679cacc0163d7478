"""What the commands draw on a terminal: nothing a session holds gets there as a control sequence, and tables fit."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

import msgspec
import pytest

from tests.cli.offline.sessions import Home, Session, conversation

CLAW = str(Path(sys.executable).parent / "claw")
STYLE = re.compile(r"\x1b\[[0-9;]*m")
EVIL = "\x1b]0;owned\x07\x1b[31mred\r\u202e"


def on_terminal(home: Home, width: int, *arguments: str, **environ: str) -> str:
    """What the command writes to a terminal of this width."""
    controller, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
    environment = {"PATH": os.environ["PATH"], "CLAW_HOME": str(home.path), "TERM": "xterm-256color", **environ}
    with subprocess.Popen([CLAW, *arguments], stdin=terminal, stdout=terminal, stderr=terminal, env=environment) as run:
        os.close(terminal)
        written = b""
        while piece := _read(controller):
            written += piece
        assert run.wait(timeout=20) == 0
    os.close(controller)
    return written.decode().replace("\r\n", "\n")


def _read(controller: int) -> bytes:
    try:
        return os.read(controller, 65536)
    except OSError:
        return b""


def hostile() -> Session:
    session = conversation(question=EVIL, answer=EVIL)
    first = session.log[0]
    data = msgspec.structs.replace(first.data, workspace=f"/home/somebody/{EVIL}/a/rather/long/way/to/the/workspace")
    session.log[0] = msgspec.structs.replace(first, data=data)
    return session


@pytest.mark.parametrize(
    "arguments", [["log"], ["log", "@last"], ["show", "@last@0"], ["show", "@last"], ["cost"], ["doctor"]]
)
def test_nothing_in_a_session_controls_the_terminal(home: Home, arguments: list[str]) -> None:
    home.record(hostile().log)
    shown = STYLE.sub("", on_terminal(home, 100, *arguments))
    assert not set(shown) & set("\x1b\x07\r\u202e")


def test_json_for_a_terminal_is_escaped(home: Home) -> None:
    home.record(hostile().log)
    shown = on_terminal(home, 100, "log", "@last", "--json", "--kind", "input.received")
    assert not set(shown) & set("\x1b\x07\r\u202e")
    assert msgspec.json.decode(shown)["data"]["text"] == EVIL


@pytest.mark.parametrize("width", [90, 120, 200])
def test_a_table_fits_and_only_the_workspace_gives_way(home: Home, width: int) -> None:
    name = home.record(hostile().log)
    header, row = on_terminal(home, width, "log", NO_COLOR="1").rstrip("\n").split("\n")
    header, row = STYLE.sub("", header), STYLE.sub("", row)
    assert max(len(header.rstrip()), len(row.rstrip())) <= width
    assert row.startswith(name[:8])
    assert "2023-11-14 " in row
    assert "$0.0100" in row
    assert ("…" in row) == (width < 150)


def test_a_narrow_terminal_gets_whole_cells(home: Home) -> None:
    home.record(hostile().log)
    assert "the/workspace" in on_terminal(home, 40, "log")
