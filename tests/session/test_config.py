"""Settings: which source wins, and what cannot be meant."""

from __future__ import annotations

from typing import Any

import pytest

from claw.config import Options, resolve, with_variables
from claw.errors import UsageError
from claw.events.permission import Rule
from claw.settings import Settings

KEY = {"ANTHROPIC_API_KEY": "sk-ant-test"}


def options(environ: dict[str, str] | None = None, **fields: Any) -> Options:
    return Options(workspace="/w", environ={**KEY, **(environ or {})}, **fields)


@pytest.mark.parametrize(
    ("environ", "flag", "setting", "name", "source"),
    [
        ({}, None, None, None, None),
        ({}, None, "claude-opus-4-1", "claude-opus-4-1", None),
        ({"CLAW_MODEL": "claude-sonnet-4-5"}, None, "claude-opus-4-1", "claude-sonnet-4-5", "CLAW_MODEL"),
        ({"CLAW_MODEL": "claude-sonnet-4-5"}, "gpt-5", "x", "gpt-5", "--model"),
    ],
)
def test_the_flag_wins_over_the_environment_and_that_over_the_file(
    environ: dict[str, str], flag: str | None, setting: str | None, name: str | None, source: str | None
) -> None:
    config = resolve(options(environ, model=flag), Settings(model=setting))
    assert config.model.name == (name or config.model.name)
    assert config.sources.get("model") == source


def test_a_resumed_session_keeps_what_nobody_says_anew_but_not_its_limits() -> None:
    first = resolve(options(model="claude-opus-4-1", mode="plan", max_turns=3), Settings())
    again = resolve(options(), Settings(mode="acceptEdits"), first)
    assert (again.model, again.mode, again.limits.turns) == (first.model, "plan", None)


def test_rules_of_the_command_line_come_before_those_of_files() -> None:
    rule = Rule(effect="allow", rule="Edit", source="~/.claude/settings.json:3")
    config = resolve(options(allowed=("Bash(ls:*)",), disallowed=("Write",)), Settings(rules=(rule,)))
    assert [(r.effect, r.rule) for r in config.rules] == [("deny", "Write"), ("allow", "Bash(ls:*)"), ("allow", "Edit")]


@pytest.mark.parametrize("rule", ["Bash(", "", "(x)"])
def test_a_rule_that_does_not_parse_is_refused(rule: str) -> None:
    with pytest.raises(UsageError):
        resolve(options(allowed=(rule,)), Settings())


def test_sizes_and_patience_come_from_the_environment() -> None:
    environ = {"CLAW_CONTEXT_WINDOW": "5000", "CLAW_MAX_OUTPUT_TOKENS": "700", "CLAW_MAX_RETRIES": "0"}
    config = resolve(options(environ), Settings())
    assert (config.model.window, config.model.max_output, config.retry.attempts) == (5_000, 700, 1)


@pytest.mark.parametrize("name", ["CLAW_CONTEXT_WINDOW", "CLAW_MAX_OUTPUT_TOKENS", "CLAW_MAX_RETRIES"])
@pytest.mark.parametrize("text", ["", "-1", "many", "9" * 20])
def test_a_number_that_is_none_is_refused_by_its_name(name: str, text: str) -> None:
    with pytest.raises(UsageError, match=name):
        resolve(options({name: text}), Settings())


def test_variables_of_the_settings_hold_for_claw_and_are_passed_to_tools() -> None:
    settings = Settings(env={"CLAW_CONTEXT_WINDOW": "6000", "DATABASE_URL": "db://here"})
    overlaid = with_variables(options({"CLAW_CONTEXT_WINDOW": "5000"}), settings)
    assert resolve(overlaid, settings).model.window == 6_000
    assert set(overlaid.passed) == {"CLAW_CONTEXT_WINDOW", "DATABASE_URL"}
