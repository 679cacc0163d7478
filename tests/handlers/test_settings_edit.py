"""Rules written to a settings file and taken out of it: everything else in it stays."""

from __future__ import annotations

import json
import stat
import threading
from pathlib import Path
from typing import Any

import pytest

from claw.errors import UsageError
from claw.settings.edit import add_allow_rule, remove_allow_rule
from tests.handlers.settings_files import Files


def test_a_rule_is_added_and_everything_else_stays(files: Files) -> None:
    before: dict[str, Any] = {
        "$schema": "https://example.org",
        "env": {"Z": "1", "A": "ü"},
        "permissions": {"deny": ["Bash(rm:*)"], "allow": ["Edit"], "defaultMode": "plan"},
        "hooks": {"PreToolUse": [{"matcher": "*"}]},
        "big": 12345678901234567890,
    }
    files.user.write_text(json.dumps(before, indent=4, ensure_ascii=False))
    files.user.chmod(0o600)
    add_allow_rule(files.user, "Bash(git log:*)")
    text = files.user.read_text()
    after = json.loads(text)
    assert after["permissions"].pop("allow") == ["Edit", "Bash(git log:*)"]
    del before["permissions"]["allow"]
    assert list(after) == list(before)
    assert after == before
    assert '\n    "env": {\n        "Z": "1",\n        "A": "ü"' in text
    assert stat.S_IMODE(files.user.stat().st_mode) == 0o600
    assert [rule.rule for rule in files.read().rules if rule.effect == "allow"] == ["Edit", "Bash(git log:*)"]


def test_adding_twice_adds_once_and_writes_once(files: Files) -> None:
    add_allow_rule(files.user, "Edit")
    written = files.user.stat()
    add_allow_rule(files.user, "Edit")
    assert files.user.stat().st_mtime_ns == written.st_mtime_ns
    assert json.loads(files.user.read_text()) == {"permissions": {"allow": ["Edit"]}}


def test_a_missing_file_and_folder_are_made(tmp_path: Path) -> None:
    add_allow_rule(tmp_path / "new/.claude/settings.json", "Edit")
    assert (tmp_path / "new/.claude/settings.json").read_text().endswith("}\n")


def test_a_link_to_the_file_stays_a_link(files: Files, tmp_path: Path) -> None:
    real = tmp_path / "dotfiles.json"
    real.write_text("{}")
    files.user.symlink_to(real)
    add_allow_rule(files.user, "Edit")
    assert files.user.is_symlink()
    assert json.loads(real.read_text()) == {"permissions": {"allow": ["Edit"]}}


@pytest.mark.parametrize(
    "text", ["[]", '{"permissions": []}', '{"permissions": {"allow": {}}}', "{broken", '{"a": 1, "a": 2}']
)
def test_a_file_that_is_not_understood_is_left_alone(files: Files, text: str) -> None:
    files.user.write_text(text)
    with pytest.raises(UsageError):
        add_allow_rule(files.user, "Edit")
    assert files.user.read_text() == text


def test_what_is_no_rule_is_not_written(files: Files) -> None:
    with pytest.raises(UsageError):
        add_allow_rule(files.user, "Bash(")
    assert not files.user.exists()


def test_no_rule_is_lost_when_several_are_added_at_once(files: Files) -> None:
    threads = [threading.Thread(target=add_allow_rule, args=(files.user, f"Bash(echo {i})")) for i in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(json.loads(files.user.read_text())["permissions"]["allow"]) == 20
    assert sorted(path.name for path in files.user.parent.iterdir()) == ["settings.json"]


# --- taking rules out -------------------------------------------------------------------------------------------------


def test_a_rule_is_taken_out_and_everything_else_stays(files: Files) -> None:
    files.user.write_text('{\n  "env": {"A": "1"},\n  "permissions": {"allow": ["Edit", "Write"], "deny": ["Edit"]}\n}')
    assert remove_allow_rule(files.user, "Edit")
    assert json.loads(files.user.read_text()) == {
        "env": {"A": "1"},
        "permissions": {"allow": ["Write"], "deny": ["Edit"]},
    }


def test_a_rule_that_is_not_there_changes_nothing(files: Files, tmp_path: Path) -> None:
    files.user.write_text('{"permissions":{"allow":["Write"]}}')
    assert not remove_allow_rule(files.user, "Edit")
    assert files.user.read_text() == '{"permissions":{"allow":["Write"]}}'
    assert not remove_allow_rule(files.project, "Edit")
    assert not remove_allow_rule(tmp_path / "nowhere/settings.json", "Edit")
    assert not (tmp_path / "nowhere").exists()
