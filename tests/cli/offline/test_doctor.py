"""`claw doctor`: what works, what does not, and no secrets."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from claw._native import LogWriter
from claw.cli.offline import lock, machine
from tests.cli.offline.sessions import Home, Session, conversation


def test_a_healthy_installation(home: Home) -> None:
    home.record(conversation().log)
    result = home.claw("doctor")
    assert result.returncode == 0, result.stdout
    for name in ("claw", "python", "home", "disk", "space", "sessions", "keys", "bash", "git", "sandbox", "terminal"):
        assert any(line.split()[1] == name for line in result.stdout.splitlines()), name
    assert "FAILED" not in result.stdout


def test_a_home_to_be_made_is_no_fault(home: Home) -> None:
    result = home.claw("doctor")
    assert result.returncode == 0, result.stdout
    assert "made with the first session" in result.stdout
    assert not home.path.exists()


def test_keys_are_named_and_never_shown(home: Home) -> None:
    result = home.claw("doctor", ANTHROPIC_API_KEY="sk-ant-secret-0123456789", OPENAI_BASE_URL="http://u:pw@host")
    assert "ANTHROPIC_API_KEY" in result.stdout
    assert "OPENAI_BASE_URL" in result.stdout
    assert "sk-ant-secret" not in result.stdout + result.stderr
    assert "pw@host" not in result.stdout + result.stderr


def test_language_servers_are_named_with_where_they_are(home: Home, tmp_path: Path) -> None:
    folder = tmp_path / "servers"
    folder.mkdir()
    (folder / "pyright-langserver").write_text("#!/bin/sh\n")
    (folder / "pyright-langserver").chmod(0o755)
    (line,) = [
        line
        for line in home.claw("doctor", PATH=f"{folder}:/usr/bin:/bin").stdout.splitlines()
        if line.split()[1] == "languages"
    ]
    assert f"pyright for .py .pyi: {folder}/pyright-langserver; not on PATH: basedpyright, " in line


def test_a_damaged_session_fails(home: Home) -> None:
    name = home.record(conversation().log)
    (segment,) = home.folder(name).glob("*.seg")
    segment.write_bytes(bytes(len(segment.read_bytes())))
    result = home.claw("doctor")
    assert result.returncode == 1
    assert f"try: claw fsck {name}" in result.stdout


def test_an_unwritable_home_fails(home: Home) -> None:
    result = home.claw("doctor", CLAW_HOME="/proc/claw")
    assert result.returncode == 1
    assert "set CLAW_HOME to a folder of yours" in result.stdout


def test_a_session_open_elsewhere_is_told(home: Home) -> None:
    name = home.record(Session().log)
    writer = LogWriter.open(str(home.folder(name)))
    try:
        assert f"is open in process {os.getpid()}" in home.claw("doctor").stdout
    finally:
        writer.close()


def test_no_bash_fails(home: Home) -> None:
    result = home.claw("doctor", PATH="/nonexistent")
    assert result.returncode == 1
    assert "the Bash tool needs it" in result.stdout


@pytest.mark.parametrize(("path", "kind"), [("/data/x", "ext4"), ("/data/with space/x", "nfs4"), ("/other", "tmpfs")])
def test_the_file_system_is_that_of_the_deepest_mount(tmp_path: Path, path: str, kind: str) -> None:
    table = tmp_path / "mountinfo"
    table.write_text(
        "1 0 0:1 / / rw - tmpfs none rw\n2 1 8:1 / /data rw shared:1 - ext4 /dev/sda rw\n"
        "3 2 0:9 / /data/with\\040space rw - nfs4 host:/x rw\nnonsense\n"
    )
    assert machine.filesystem(Path(path), str(table)) == kind


def test_nobody_holds_a_lock_that_is_not_there(tmp_path: Path) -> None:
    assert lock.holder(str(tmp_path)) is None


def test_settings_that_cannot_be_taken_as_they_are_written_are_named_with_their_line(
    home: Home, tmp_path: Path
) -> None:
    odd = ["WebSearch(x)", "WebFetch(domain:*)", None, *(f"Bash(x{number}:* y)" for number in range(9))]
    written = {"permissions": {"allow": ["Edit", *odd], "deny": ["Bash(rm:* -f)"]}, "env": {"A=B": "x"}}
    path = tmp_path / ".claude" / "settings.json"
    path.parent.mkdir()
    path.write_text(json.dumps(written, indent=1))
    result = home.claw("doctor", HOME=str(tmp_path))
    assert result.returncode == 0, result.stdout
    lines = [line for line in result.stdout.splitlines() if line.split()[:2] == ["note", "settings"]]
    assert len(lines) == len(odd) + 2
    assert "~/.claude/settings.json:5: not in effect: allow rule WebSearch(x): it has a specifier" in lines[0]
    assert "settings.json:19: the deny rule Bash(rm:* -f) cannot be read" in lines[-2]
    assert "so claw denies Bash(rm*)" in lines[-2]
    path.write_text('{\n "permissions": {"deny": ["Bash"]}\n "model": "opus"\n}')
    result = home.claw("doctor", HOME=str(tmp_path))
    assert result.returncode == 1
    said = "~/.claude/settings.json:3: this is no JSON: a comma or a closing bracket is missing before this (column 2)"
    assert f"{said}; try: ${{EDITOR:-vi}} +3 ~/.claude/settings.json, then claw doctor" in result.stdout
    started = home.claw("-p", "hello", HOME=str(tmp_path))
    assert started.returncode == 2
    assert said in started.stderr
