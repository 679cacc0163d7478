"""Settings: which source wins, and what cannot be meant."""

from __future__ import annotations

from typing import Any

import pytest

from claw.errors import UsageError
from claw.events.permission import Effect, Mode, Rule
from claw.session.config import Options, check_mode, notices, resolve, with_variables
from claw.settings import Settings
from claw.settings.domains import domain

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


FILE = {"model": "~/.claude/settings.json:3"}


@pytest.mark.parametrize("name", ["gemini-3-pro", "arn:aws:bedrock:eu-west-1:1:x/y", "gpt-5"])
def test_a_name_in_a_file_that_nothing_here_leads_to_is_left_out_and_said(name: str) -> None:
    settings = Settings(model=name, sources=FILE)
    config = resolve(options(), settings)
    assert config.model.name == "claude-sonnet-5-5"
    [told] = notices(settings, None, config)
    assert all(word in told for word in (FILE["model"], name, "claude-sonnet-5-5"))


def test_a_name_in_a_file_that_can_be_asked_is_taken_without_a_word() -> None:
    settings = Settings(model="opusplan", sources=FILE)
    config = resolve(options(), settings)
    assert (config.model.name, config.sources["model"]) == ("claude-sonnet-5-5", FILE["model"])
    assert not notices(settings, None, config)


def test_a_name_of_the_environment_goes_before_one_of_a_file() -> None:
    settings = Settings(model="opus", sources=FILE)
    config = resolve(options({"ANTHROPIC_MODEL": "haiku"}), settings)
    assert (config.model.name, config.sources["model"]) == ("claude-haiku-5-5", "ANTHROPIC_MODEL")


def test_a_resumed_session_keeps_what_nobody_says_anew_but_not_its_limits() -> None:
    first = resolve(options(model="claude-opus-4-1", mode="plan", max_turns=3), Settings())
    again = resolve(options(), Settings(mode="acceptEdits"), first)
    assert (again.model, again.mode, again.limits.turns) == (first.model, "plan", None)


def test_rules_come_in_the_order_of_their_layers() -> None:
    user = Rule(effect="allow", rule="Edit", source="~/.claude/settings.json:3")
    managed = Rule(effect="ask", rule="Glob", source="/etc/claw/settings.json:3", layer="managed")
    config = resolve(options(allowed=("Bash(ls:*)",), disallowed=("Write",)), Settings(rules=(managed, user)))
    assert [(r.layer, r.effect, r.rule, r.source) for r in config.rules] == [
        ("managed", "ask", "Glob", "/etc/claw/settings.json:3"),
        ("command-line", "deny", "Write", "--disallowed-tools"),
        ("command-line", "allow", "Bash(ls:*)", "--allowed-tools"),
        ("user", "allow", "Edit", "~/.claude/settings.json:3"),
    ]


# --- modes ------------------------------------------------------------------------------------------------------------


def test_bypass_permissions_needs_its_flag_in_every_run() -> None:
    first = resolve(options(mode="bypassPermissions"), Settings())
    assert (first.mode, first.sources["mode"]) == ("bypassPermissions", "--permission-mode")
    settings = Settings(mode="acceptEdits", sources={"mode": "~/x:1"})
    again = resolve(options(), settings, first)
    assert (again.mode, again.sources["mode"]) == ("acceptEdits", "~/x:1")
    assert "goes on in mode acceptEdits" in notices(settings, first, again)[0]
    assert resolve(options(mode="bypassPermissions"), settings, first) == first
    with pytest.raises(UsageError, match="needs a flag"):
        check_mode("bypassPermissions", options(), Settings())


def test_bypass_permissions_can_be_forbidden() -> None:
    with pytest.raises(UsageError, match=r"^/etc/claw/settings\.json:3 forbids"):
        resolve(options(mode="bypassPermissions"), Settings(bypass_forbidden="/etc/claw/settings.json:3"))


@pytest.mark.parametrize(
    ("managed", "flag", "fits"),
    [
        ("default", "plan", True),
        ("default", "dontAsk", True),
        ("default", "default", True),
        ("default", "acceptEdits", False),
        ("acceptEdits", "default", True),
        ("plan", "dontAsk", False),
        ("dontAsk", "plan", False),
        ("plan", "default", False),
        ("acceptEdits", "bypassPermissions", False),
    ],
)
def test_the_administrators_mode_can_only_be_tightened(managed: Mode, flag: Mode, fits: bool) -> None:
    settings = Settings(mode=managed, managed=frozenset({"mode"}), sources={"mode": "/etc/claw/settings.json:2"})
    before = resolve(options(mode=flag), Settings())
    if fits:
        assert resolve(options(mode=flag), settings).mode == flag
        assert resolve(options(), settings, before).mode == flag
        return
    with pytest.raises(UsageError, match=rf"^/etc/claw/settings\.json:2 sets the mode {managed}"):
        resolve(options(mode=flag), settings)
    assert resolve(options(), settings, before).mode == managed
    assert resolve(options(), settings).sources["mode"] == "/etc/claw/settings.json:2"


def test_the_administrators_model_cannot_be_changed() -> None:
    name = "claude-opus-4-1"
    settings = Settings(model=name, managed=frozenset({"model"}), sources={"model": "/etc/claw/settings.json:2"})
    assert resolve(options({"CLAW_MODEL": "gpt-5"}), settings).model.name == name
    assert resolve(options(model=name), settings).model.name == name
    with pytest.raises(UsageError, match="sets the model claude-opus-4-1, so it cannot be gpt-5"):
        resolve(options(model="gpt-5"), settings)
    before = resolve(options(model="claude-sonnet-4-5"), Settings())
    assert resolve(options(), settings, before).model.name == name


# --- domains ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "reachable"),
    [
        (["allow a.example", "allow *.B.example"], ["*.b.example", "a.example"]),
        (["allow a.example", "deny a.example"], []),
        (["allow a.example", "ask a.example"], []),
        (["allow x.a.example", "allow a.example", "deny *.a.example"], ["a.example"]),
        (["allow *.a.example", "allow b.example", "deny x.a.example"], ["b.example"]),
        (["allow *.x.a.example", "deny *.a.example"], []),
        (["allow ba.example", "deny *.a.example"], ["ba.example"]),
    ],
)
@pytest.mark.parametrize("as_rule", [True, False])
def test_domains_are_those_allowed_and_not_denied(said: list[str], reachable: list[str], as_rule: bool) -> None:
    pairs: list[tuple[Effect, str]] = [(entry.split()[0], entry.split()[1]) for entry in said]  # type: ignore[misc]
    rules = tuple(Rule(effect=effect, rule=f"WebFetch(domain:{name})", source="x") for effect, name in pairs)
    domains = tuple(domain(effect, name, "x") for effect, name in pairs)
    settings = Settings(rules=rules) if as_rule else Settings(domains=domains)
    assert list(resolve(options(), settings).domains) == reachable


def test_everything_may_be_reached_only_if_nothing_is_denied() -> None:
    everywhere = domain("allow", "*", "x")
    assert resolve(options(), Settings(domains=(everywhere,))).domains == ("*",)
    assert resolve(options(), Settings(domains=(everywhere, domain("deny", "a.example", "x")))).domains == ()
    assert resolve(options(allowed=("WebFetch",)), Settings()).domains == ()
    assert resolve(options(allowed=("WebFetch(domain:a.example)",)), Settings()).domains == ("a.example",)


@pytest.mark.parametrize("rule", ["Bash(", "", "(x)"])
def test_a_rule_that_does_not_parse_is_refused(rule: str) -> None:
    with pytest.raises(UsageError):
        resolve(options(allowed=(rule,)), Settings())


def test_sizes_and_patience_come_from_the_environment() -> None:
    environ = {"CLAW_CONTEXT_WINDOW": "5000", "CLAW_MAX_OUTPUT_TOKENS": "700", "CLAW_MAX_RETRIES": "0"}
    config = resolve(options(environ), Settings())
    assert (config.model.window, config.model.max_output, config.retry.attempts) == (5_000, 700, 1)


@pytest.mark.parametrize(
    "name", ["CLAW_CONTEXT_WINDOW", "CLAW_MAX_OUTPUT_TOKENS", "CLAW_MAX_RETRIES", "CLAW_MAX_MODEL_CALLS"]
)
@pytest.mark.parametrize("text", ["", "-1", "many", "9" * 20])
def test_a_number_that_is_none_is_refused_by_its_name(name: str, text: str) -> None:
    with pytest.raises(UsageError, match=name):
        resolve(options({name: text}), Settings())


def test_variables_of_the_settings_hold_for_claw_and_are_passed_to_tools() -> None:
    settings = Settings(env={"CLAW_CONTEXT_WINDOW": "6000", "DATABASE_URL": "db://here"})
    overlaid = with_variables(options({"CLAW_CONTEXT_WINDOW": "5000"}), settings)
    assert resolve(overlaid, settings).model.window == 6_000
    assert set(overlaid.passed) == {"CLAW_CONTEXT_WINDOW", "DATABASE_URL"}
