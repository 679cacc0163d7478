"""What a repository wants takes effect once the user has trusted just that, and is asked for again when it changes."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from claw.errors import UsageError
from claw.execution.reach import whole
from claw.log import Home
from claw.session import trust
from claw.session.config import Options
from claw.settings import Managed, Settings, read_settings

NOBODYS = Managed(folder="/nonexistent")
HOOK = {"PreToolUse": [{"matcher": "Edit", "hooks": [{"type": "command", "command": "sh ./check.sh --all"}]}]}
PERMISSIONS = {"allow": ["Bash(make:*)"], "deny": ["Read(.env)"]}


class Place:
    def __init__(self, root: Path) -> None:
        self.home = Home(root / "claw")
        self.workspace = root / "work"
        (self.workspace / ".claude").mkdir(parents=True)
        self.options = Options(workspace=str(self.workspace), environ={"PATH": os.environ["PATH"], "HOME": "/nowhere"})

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
        trust.remember(self.home, self.options, self.read(), wanted)
        return wanted.digest

    def say_no(self) -> None:
        wanted = self.asks()
        assert wanted is not None
        trust.remember(self.home, self.options, self.read(), wanted, trusted=False)


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
    (said,) = settings.ignored
    assert said.startswith(
        "3 things that this folder's settings want are not in effect (hook: 1, file run by a hook: 1, "
    )
    assert said.endswith("claw permissions list")
    first, second, third = settings.untaken
    assert first.startswith(".claude/settings.json:15: not in effect: hook PreToolUse (Edit): sh ./check.sh --all; ")
    assert second.startswith(".claude/settings.json:15: not in effect: file run by a hook check.sh (BLAKE3 ")
    assert third.startswith(".claude/settings.json:4: not in effect: allow rule Bash(make:*); ")


def test_once_trusted_it_holds_and_nobody_asks(place: Place) -> None:
    digest = place.say_yes()
    settings = place.settle()
    assert allowed(settings) == ["Bash(make:*)"]
    assert [hook.command for hook in settings.hooks] == ["sh ./check.sh --all"]
    assert settings.trust.startswith(f"{digest} (answered 20")
    assert settings.ignored == ()
    assert place.asks() is None


def test_a_folder_that_was_trusted_is_no_other_one_by_the_same_name(place: Place, tmp_path: Path) -> None:
    for name in ("api", "elsewhere"):
        (tmp_path / name).mkdir()
    link = place.workspace / "lib"
    link.symlink_to(tmp_path / "api")
    place.write(permissions={"additionalDirectories": ["lib"]})
    asked = place.asks()
    assert asked is not None
    assert [(item.kind, item.text) for item in asked.items] == [
        ("additional directory", str((tmp_path / "api").resolve()))
    ]
    assert [rule.directory for rule in place.settle().rules] == []
    place.say_yes()
    assert [rule.directory for rule in place.settle().rules] == [str((tmp_path / "api").resolve())]
    link.unlink()
    link.symlink_to(tmp_path / "elsewhere")
    assert place.settle().rules == ()
    assert place.asks() is not None


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


@pytest.mark.parametrize(
    ("change", "asked", "kept"),
    [
        ("a rule", ["allow rule"], ([], 1)),
        ("one more rule", ["allow rule"], (["Bash(make:*)"], 1)),
        ("a hook's matcher", ["hook"], (["Bash(make:*)"], 0)),
        ("a hook's event", ["hook"], (["Bash(make:*)"], 0)),
        ("a domain", ["network domain"], (["Bash(make:*)"], 1)),
    ],
)
def test_what_changes_is_asked_for_again_and_nothing_else(
    place: Place, change: str, asked: list[str], kept: tuple[list[str], int]
) -> None:
    place.say_yes()
    place.write(**CHANGES[change])
    again = place.asks()
    assert again is not None
    assert [wish.wish.kind for wish in again.wishes] == asked
    settings = place.settle()
    assert (allowed(settings), len(settings.hooks)) == kept
    assert settings.domains == ()
    assert "has changed since this folder was trusted" in settings.untaken[0]
    place.say_yes()
    assert (place.asks(), place.settle().ignored) == (None, ())


def test_what_was_answered_by_the_digest_of_everything_still_counts(place: Place) -> None:
    wanted = place.asks()
    assert wanted is not None
    answer = {"digest": wanted.digest, "at": "2026-01-01T00:00:00Z"}
    place.home.path.mkdir(parents=True)
    (place.home.path / trust.FILE).write_text(json.dumps({"workspaces": {str(place.workspace): answer}}))
    assert place.settle().trust == f"{wanted.digest} (answered 2026-01-01T00:00:00Z)"
    (place.workspace / "check.sh").write_text("curl evil")
    assert (allowed(place.settle()), place.settle().hooks) == ([], ())


def test_many_rules_are_one_line_and_what_matters_comes_first(place: Place) -> None:
    rules = [f"Bash(echo {number})" for number in range(877)]
    place.write(permissions={"allow": [*rules, "Bash(python3:*)"]}, hooks=HOOK)
    (said,) = place.settle().ignored
    assert said.startswith("880 things that this folder's settings want are not in effect (hook: 1, ")
    assert len(place.settle().untaken) == 880
    wanted = place.asks()
    assert wanted is not None
    assert [item.text for item in wanted.items][:4:2] == ["PreToolUse (Edit): sh ./check.sh --all", "Bash(python3:*)"]


@pytest.mark.parametrize(
    ("command", "changed"),
    [
        ("sh run.sh", "lib/start.sh"),
        ("cd lib && ./start.sh", "lib/start.sh"),
        ('sh "$(pwd)/lib/start.sh"', "lib/start.sh"),
        ("make start", "Makefile"),
        ("python3 -m lib.start", "lib/start.py"),
    ],
)
def test_a_hook_whose_scripts_are_others_by_now_is_no_longer_what_was_trusted(
    place: Place, command: str, changed: str
) -> None:
    (place.workspace / "run.sh").write_text(". ./lib/start.sh")
    path = place.workspace / changed
    path.parent.mkdir(exist_ok=True)
    path.write_text("true")
    place.write(hooks={"Stop": [{"hooks": [{"type": "command", "command": command}]}]})
    place.say_yes()
    before = place.settle().runs[command]
    assert not before.open or before.whole == whole(str(place.workspace))
    path.write_text("evil")
    after = place.settle()
    assert not after.hooks or after.runs[command].whole != whole(str(place.workspace))


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


@pytest.mark.parametrize(("command", "asked"), [("cat notes.md", ["file read by a hook"]), ("echo notes.md", [])])
def test_a_file_that_a_hook_reads_is_shown_and_asked_for_again_and_one_that_it_speaks_of_is_not(
    place: Place, command: str, asked: list[str]
) -> None:
    notes = place.workspace / "notes.md"
    notes.write_text("x")
    place.write(hooks={"SessionStart": [{"hooks": [{"type": "command", "command": command}]}]})
    wanted = place.asks()
    assert wanted is not None
    assert [item.kind for item in wanted.items] == ["hook", *asked]
    place.say_yes()
    notes.write_text("y")
    assert (place.asks() is not None) == bool(asked)


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
    flagged = replace(place.options, trust=True)
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
        ("hook", ".claude/settings.json:15"),
        ("file run by a hook", ".claude/settings.json:15"),
        ("allow rule", ".claude/settings.json:4"),
    ]
    assert wanted.items[0].text == "PreToolUse (Edit): sh ./check.sh --all"


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
    asked, settings = place.asks(), place.read()
    assert asked is not None

    def say(folder: str) -> None:
        trust.remember(place.home, replace(place.options, workspace=folder), settings, asked)

    threads = [threading.Thread(target=say, args=(folder,)) for folder in folders]
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
    place.say_no()
    assert place.asks() is None
    assert (allowed(place.settle()), place.settle().trust) == ([], "")
    assert place.settle().ignored == ()
    assert "you said no to it (20" in place.settle().untaken[0]
    (place.workspace / "check.sh").write_text("curl evil")
    assert place.asks() is not None
    assert "this folder is not trusted" in place.settle().untaken[0]
    assert allowed(other.settle()) == ["Bash(make:*)"]
    assert trust.forget(place.home, str(place.workspace))
    assert not trust.forget(place.home, str(place.workspace))
    assert allowed(other.settle()) == ["Bash(make:*)"]
