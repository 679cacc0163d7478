"""Hooks in settings files: which are taken, and that what cannot be meant is said with its line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from claw.events.hook import Hook
from claw.session.config import Options, resolve
from claw.settings import Managed, Settings, read_settings
from claw.settings.hooks import hooks_in

NOBODYS = Managed(folder="/nonexistent")
CHECK = {"type": "command", "command": "./check.sh"}


def settings(tmp_path: Path, user: Any = None, project: Any = None) -> Settings:
    for folder, content in (("home", user), ("work", project)):
        path = tmp_path / folder / ".claude" / "settings.json"
        path.parent.mkdir(parents=True)
        if content is not None:
            path.write_text(content if isinstance(content, str) else json.dumps(content, indent=1))
    return read_settings(str(tmp_path / "home"), str(tmp_path / "work"), NOBODYS)


def hooks(*groups: Any, event: str = "PreToolUse") -> dict[str, Any]:
    return {"hooks": {event: list(groups)}}


def test_hooks_are_read_with_their_line_and_their_time() -> None:
    lines = {("hooks", "PreToolUse", 0, "hooks", 0): 5, ("hooks", "PreToolUse", 0, "hooks", 1): 6}
    group = {"matcher": "Edit|Write", "hooks": [{**CHECK, "timeout": 2.5}, {**CHECK, "args": ["a b", "$x"]}]}
    found = hooks_in(hooks(group), lambda *where: f"s.json:{lines.get(where, 1)}", "user")
    assert found.ignored == ()
    assert found.hooks == (
        Hook(event="PreToolUse", command="./check.sh", source="s.json:5", matcher="Edit|Write", timeout_ms=2500),
        Hook(event="PreToolUse", command="./check.sh 'a b' '$x'", source="s.json:6", matcher="Edit|Write"),
    )


def test_the_users_hooks_count_and_a_repositorys_wait_for_trust(tmp_path: Path) -> None:
    found = settings(tmp_path, hooks({"hooks": [CHECK]}), hooks({"hooks": [{**CHECK, "command": "curl evil"}]}))
    assert [(hook.command, hook.layer) for hook in found.hooks] == [("./check.sh", "user")]
    assert [(wish.kind, wish.text) for wish in found.wishes] == [("hook", "curl evil")]
    assert [hook.command for hook in found.trusting("x").hooks] == ["./check.sh", "curl evil"]
    config = resolve(Options(workspace="/w", environ={"ANTHROPIC_API_KEY": "k"}), found)
    assert config.hooks == found.hooks
    assert config.hooks[0].source == "~/.claude/settings.json:6"


@pytest.mark.parametrize("event", ["TeammateIdle", "OfTomorrow"])
def test_an_event_that_claw_does_not_have_is_accepted_and_said(tmp_path: Path, event: str) -> None:
    found = settings(tmp_path, hooks({"hooks": [CHECK]}, event=event))
    assert found.hooks == ()
    assert found.ignored == (f"~/.claude/settings.json:3: claw has no {event} hooks; these do not run.",)


def test_a_kind_of_hook_or_a_setting_of_one_that_claw_does_not_have_is_said(tmp_path: Path) -> None:
    group = {"hooks": [{"type": "agent", "prompt": "Is it fine?"}, {**CHECK, "if": "Bash(rm *)", "async": True}]}
    found = settings(tmp_path, hooks(group))
    assert [hook.command for hook in found.hooks] == ["./check.sh"]
    assert ["'agent'" in found.ignored[0], "if, async" in found.ignored[1]] == [True, True]


def test_hooks_can_be_switched_off(tmp_path: Path) -> None:
    assert settings(tmp_path, {"disableAllHooks": True, **hooks({"hooks": [CHECK]})}).hooks == ()


@pytest.mark.parametrize(
    ("content", "words", "asks"),
    [
        (hooks({"hooks": [CHECK]}, event="PreToolUes"), "there is no hook event 'PreToolUes'", ["*"]),
        ({"hooks": ["x"]}, "hooks is no object", ["*"]),
        (hooks("x"), "an entry that is no object", ["*"]),
        (hooks({"matcher": "Bash", "hooks": "x"}), "are no list", ["Bash"]),
        (hooks({"matcher": "Edit|Bash", "hooks": [{"type": "command"}]}), "has no command", ["Edit", "Bash"]),
        (hooks({"matcher": "Ba.*", "hooks": [{**CHECK, "command": " "}]}), "has no command", ["*"]),
        (hooks({"hooks": [{**CHECK, "args": "x"}]}), "args are no list", ["*"]),
        (hooks({"hooks": [{**CHECK, "type": None}]}), "type is no text", ["*"]),
        (hooks({"hooks": [{"type": "command"}]}, event="Stop"), "has no command", []),
        (
            hooks({"matcher": "Bash", "hooks": [{"type": "agent", "prompt": "x"}]}),
            "no hooks of type 'agent'",
            ["Bash"],
        ),
        (hooks({"hooks": [{"type": "agent", "prompt": "x"}]}, event="Stop"), "no hooks of type 'agent'", []),
    ],
)
def test_a_hook_that_cannot_be_read_does_not_run_and_what_it_might_have_stopped_asks(
    tmp_path: Path, content: Any, words: str, asks: list[str]
) -> None:
    found = settings(tmp_path, content)
    assert found.hooks == ()
    (said,) = found.ignored
    assert words in said
    assert said.startswith("~/.claude/settings.json:")
    assert [(rule.effect, rule.rule) for rule in found.rules] == [("ask", tool) for tool in asks]


@pytest.mark.parametrize(
    ("content", "matcher", "timeout_ms"),
    [
        ({"hooks": {"Stop": {"hooks": [CHECK]}}}, "", 60_000),
        (hooks({"matcher": "Edit", **CHECK}, event="Stop"), "Edit", 60_000),
        (hooks({"hooks": {"command": "./check.sh"}}, event="Stop"), "", 60_000),
        (hooks({"matcher": "(", "hooks": [CHECK]}), "", 60_000),
        (hooks({"matcher": 3, "hooks": [CHECK]}), "", 60_000),
        (hooks({"hooks": [{**CHECK, "timeout": 0}]}), "", 60_000),
        (hooks({"hooks": [{**CHECK, "timeout": True}]}), "", 60_000),
        (hooks({"hooks": [{**CHECK, "timeout": "5"}]}), "", 5_000),
        (hooks({"hooks": [{**CHECK, "timeout": 99_999}]}), "", 3_600_000),
        (hooks({"hooks": [{**CHECK, "timeout": None}, None]}, None, event="Stop"), "", 60_000),
    ],
)
def test_a_hook_that_is_written_oddly_runs_as_it_is_meant(
    tmp_path: Path, content: Any, matcher: str, timeout_ms: int
) -> None:
    found = settings(tmp_path, content)
    assert [(hook.command, hook.matcher, hook.timeout_ms) for hook in found.hooks] == [
        ("./check.sh", matcher, timeout_ms)
    ]
    assert found.rules == ()


@pytest.mark.parametrize(
    "content", [{"hooks": None}, {"hooks": []}, {"hooks": {"Stop": None}}, hooks({"matcher": "*"})]
)
def test_hooks_that_say_nothing_are_none(tmp_path: Path, content: Any) -> None:
    assert settings(tmp_path, content) == Settings()


def test_a_repositorys_hook_that_cannot_be_read_changes_nothing(tmp_path: Path) -> None:
    found = settings(tmp_path, project=hooks("x"))
    assert (found.hooks, found.wishes, found.rules) == ((), (), ())
    assert found.ignored[0].startswith(".claude/settings.json:")
