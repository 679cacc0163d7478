"""What a repository wants takes effect once the user has trusted just that, and is asked for again when it changes."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from claw import trust
from claw.config import Options
from claw.errors import UsageError
from claw.log import Home
from claw.settings import Managed, Settings, read_settings

NOBODYS = Managed(folder="/nonexistent")
HOOK = {"PreToolUse": [{"matcher": "Edit", "hooks": [{"type": "command", "command": "sh ./check.sh --all"}]}]}
PERMISSIONS = {"allow": ["Bash(make:*)"], "deny": ["Read(.env)"]}


class Place:
    def __init__(self, root: Path) -> None:
        self.home = Home(root / "claw")
        self.workspace = root / "work"
        (self.workspace / ".claude").mkdir(parents=True)
        self.options = Options(workspace=str(self.workspace))

    def write(self, indent: int | None = 1, **content: Any) -> None:
        (self.workspace / ".claude/settings.json").write_text(json.dumps(content, indent=indent))

    def read(self) -> Settings:
        return read_settings("/nowhere", str(self.workspace), NOBODYS)

    def settle(self) -> Settings:
        return trust.settle(self.home, self.options, self.read())

    def asks(self) -> trust.Wanted | None:
        return trust.open_question(self.home, self.options, self.read())

    def say_yes(self) -> str:
        wanted = self.asks()
        assert wanted is not None
        trust.remember(self.home, str(self.workspace), wanted.digest)
        return wanted.digest


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(tmp_path)
    made.write(permissions=PERMISSIONS, hooks=HOOK)
    (made.workspace / "check.sh").write_text("true")
    return made


def allowed(settings: Settings) -> list[str]:
    return [rule.rule for rule in settings.rules if rule.effect == "allow"]


def test_until_it_is_trusted_only_what_tightens_holds(place: Place) -> None:
    settings = place.settle()
    assert [(rule.effect, rule.rule) for rule in settings.rules] == [("deny", "Read(.env)")]
    assert (settings.hooks, settings.trust) == ((), "")
    first, second, third = settings.ignored
    assert first.startswith(".claude/settings.json:4: not in effect: allow rule Bash(make:*); ")
    assert second.startswith(".claude/settings.json:15: not in effect: hook PreToolUse (Edit): sh ./check.sh --all; ")
    assert third.startswith(".claude/settings.json:15: not in effect: file run by a hook check.sh (BLAKE3 ")


def test_once_trusted_it_holds_and_nobody_asks(place: Place) -> None:
    digest = place.say_yes()
    settings = place.settle()
    assert allowed(settings) == ["Bash(make:*)"]
    assert [hook.command for hook in settings.hooks] == ["sh ./check.sh --all"]
    assert settings.trust.startswith(f"{digest} (answered 20")
    assert settings.ignored == ()
    assert place.asks() is None


CHANGES: dict[str, dict[str, Any]] = {
    "a rule": {"permissions": {"allow": ["Bash(make *)"]}, "hooks": HOOK},
    "one more rule": {"permissions": {"allow": ["Bash(make:*)", "Edit"]}, "hooks": HOOK},
    "a hook's matcher": {
        "permissions": PERMISSIONS,
        "hooks": {"PreToolUse": [{**HOOK["PreToolUse"][0], "matcher": ""}]},
    },
    "a hook's event": {"permissions": PERMISSIONS, "hooks": {"Stop": HOOK["PreToolUse"]}},
    "a domain": {
        "permissions": PERMISSIONS,
        "hooks": HOOK,
        "sandbox": {"network": {"allowedDomains": ["example.com"]}},
    },
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_changes_is_asked_for_again(place: Place, change: str) -> None:
    digest = place.say_yes()
    place.write(**CHANGES[change])
    again = place.asks()
    assert again is not None
    assert again.digest != digest
    assert allowed(place.settle()) == []
    assert place.settle().hooks == ()
    assert "has changed since this folder was trusted" in place.settle().ignored[0]


def test_a_changed_script_of_a_hook_is_asked_for_again(place: Place) -> None:
    place.say_yes()
    (place.workspace / "check.sh").write_text("curl evil")
    assert place.asks() is not None
    assert place.settle().hooks == ()


@pytest.mark.parametrize(
    "command", ['"$CLAUDE_PROJECT_DIR"/check.sh', "${CLAUDE_PROJECT_DIR}/check.sh", "cd . && ./check.sh;"]
)
def test_a_script_is_found_however_it_is_named(place: Place, command: str) -> None:
    place.write(hooks={"Stop": [{"hooks": [{"type": "command", "command": command}]}]})
    wanted = place.asks()
    assert wanted is not None
    assert [item.text.split()[0] for item in wanted.items if item.kind == "file run by a hook"] == ["check.sh"]


def test_the_layout_of_the_file_and_what_tightens_do_not_matter(place: Place) -> None:
    place.say_yes()
    place.write(None, hooks=HOOK, model="dear", permissions={"deny": ["Bash"], "allow": ["Bash(make:*)"]})
    assert place.asks() is None
    assert [rule.rule for rule in place.settle().rules] == ["Bash", "Bash(make:*)"]


def test_trust_is_for_one_folder(place: Place, tmp_path: Path) -> None:
    place.say_yes()
    other = Place(tmp_path / "other")
    other.home = place.home
    other.write(permissions=PERMISSIONS, hooks=HOOK)
    assert other.asks() is not None


def test_the_flag_takes_what_is_there_and_remembers_nothing(place: Place) -> None:
    flagged = Options(workspace=str(place.workspace), trust=True)
    settings = trust.settle(place.home, flagged, place.read())
    assert allowed(settings) == ["Bash(make:*)"]
    assert settings.trust.endswith(" (--trust)")
    assert place.asks() is not None
    assert not (place.home.path / trust.FILE).exists()


def test_a_repository_that_wants_nothing_is_not_asked_about(place: Place) -> None:
    place.write(permissions={"deny": ["Bash"], "defaultMode": "plan"})
    assert place.asks() is None
    assert place.settle().trust == ""


def test_everything_is_shown_with_its_line(place: Place) -> None:
    wanted = place.asks()
    assert wanted is not None
    assert [(item.kind, item.source) for item in wanted.items] == [
        ("allow rule", ".claude/settings.json:4"),
        ("hook", ".claude/settings.json:15"),
        ("file run by a hook", ".claude/settings.json:15"),
    ]
    assert wanted.items[1].text == "PreToolUse (Edit): sh ./check.sh --all"


# --- where it is kept -------------------------------------------------------------------------------------------------


def test_only_its_owner_can_read_what_is_trusted(place: Place) -> None:
    place.say_yes()
    place.write(permissions={"allow": ["Edit"]})
    place.say_yes()
    assert (place.home.path / trust.FILE).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in place.home.path.iterdir()] == [trust.FILE]


def test_a_damaged_file_is_no_yes(place: Place) -> None:
    place.say_yes()
    (place.home.path / trust.FILE).write_text("{")
    with pytest.raises(UsageError, match=r"trust\.json is damaged"):
        place.settle()


def test_no_answer_is_lost_when_several_come_at_once(place: Place) -> None:
    folders = [f"/folder/{number}" for number in range(20)]
    threads = [threading.Thread(target=trust.remember, args=(place.home, folder, "d")) for folder in folders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = json.loads((place.home.path / trust.FILE).read_text())
    assert sorted(kept["workspaces"]) == sorted(folders)


def test_a_no_is_known_by_digest_and_leaves_other_folders_alone(place: Place, tmp_path: Path) -> None:
    other = Place(tmp_path / "other")
    other.home = place.home
    other.write(permissions=PERMISSIONS)
    other.say_yes()
    wanted = place.asks()
    assert wanted is not None
    trust.remember(place.home, str(place.workspace), wanted.digest, trusted=False)
    assert place.asks() is None
    assert (allowed(place.settle()), place.settle().trust) == ([], "")
    assert "you said no to it (20" in place.settle().ignored[0]
    (place.workspace / "check.sh").write_text("curl evil")
    assert place.asks() is not None
    assert "this folder is not trusted" in place.settle().ignored[0]
    assert allowed(other.settle()) == ["Bash(make:*)"]
    assert trust.forget(place.home, str(place.workspace))
    assert not trust.forget(place.home, str(place.workspace))
    assert allowed(other.settle()) == ["Bash(make:*)"]
