"""Raw flags become one checked value, or one clear sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from claw.cli.live.flags import Raw, split_rules, understood
from claw.cli.rule_lists import with_lists
from claw.errors import UsageError


@pytest.mark.parametrize(
    ("texts", "rules"),
    [
        (["Bash(git log:*),Edit"], ("Bash(git log:*)", "Edit")),
        (["Bash(a, b) Read", "Write"], ("Bash(a, b)", "Read", "Write")),
        (["Bash(echo (x), y)"], ("Bash(echo (x), y)",)),
        ([" , "], ()),
    ],
)
def test_rules_are_split_outside_parentheses(texts: list[str], rules: tuple[str, ...]) -> None:
    assert split_rules(texts) == rules


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("--allowedTools Read Edit -p hi", "--allowed-tools Read --allowed-tools Edit -p hi"),
        ("--allowedTools Read Grep(x) hi", "--allowed-tools Read --allowed-tools Grep(x) hi"),
        ("--allowedTools=Read mcp__x__y hi", "--allowed-tools=Read --allowed-tools mcp__x__y hi"),
        ("--disallowed-tools Bash WebFetch(a:x) hi", "--disallowed-tools Bash --disallowed-tools WebFetch(a:x) hi"),
        ("--disallowedTools Bash", "--disallowed-tools Bash"),
        ("--allowed-tools Read Edit_the_file", "--allowed-tools Read Edit_the_file"),
        ("--allowed-tools Read -p Edit", "--allowed-tools Read -p Edit"),
        ("--allowed-tools Read -- Edit --allowedTools", "--allowed-tools Read -- Edit --allowedTools"),
        ("-p Read Edit", "-p Read Edit"),
        ("--allowed-tools", "--allowed-tools"),
    ],
)
def test_rules_after_a_list_belong_to_it(typed: str, read: str) -> None:
    assert with_lists(typed.split(" ")) == read.split(" ")


def test_a_prompt_that_begins_like_a_rule_is_a_prompt() -> None:
    words = ["--allowedTools", "Bash(git log:*)", "Bash(git diff:*),Read", "Edit the file"]
    assert with_lists(words) == ["--allowed-tools", words[1], "--allowed-tools", *words[2:]]


def test_what_was_typed_is_what_is_meant(tmp_path: Path) -> None:
    limits = {"max_turns": 3, "max_budget_usd": "0.25", "max_tokens": "200k", "max_time": "1h30m"}
    raw = Raw(model="m", permission_mode="plan", allowed_tools=["Edit"], **limits, folder=str(tmp_path), name="n")
    options = understood(raw, {})
    assert (options.model, options.mode, options.allowed, options.name) == ("m", "plan", ("Edit",), "n")
    assert (options.max_turns, options.max_nusd) == (3, 250_000_000)
    assert (options.max_tokens, options.max_ms) == (200_000, 5_400_000)
    assert options.workspace == str(tmp_path.resolve())


@pytest.mark.parametrize(
    ("text", "ms"),
    [("90", 90_000), ("0.25", 250), ("10m", 600_000), ("1m5s", 65_000), ("1h", 3_600_000), ("1h0.5s", 3_600_500)],
)
def test_times_as_people_write_them(text: str, ms: int) -> None:
    assert understood(Raw(max_time=text), {}).max_ms == ms


@pytest.mark.parametrize(
    "raw",
    [
        Raw(permission_mode="yolo"),
        Raw(max_turns=0),
        Raw(max_budget_usd="much"),
        Raw(max_budget_usd="-1"),
        Raw(max_budget_usd="nan"),
        Raw(max_tokens="0"),
        Raw(max_tokens="many"),
        Raw(max_tokens="-5"),
        Raw(max_time="0s"),
        Raw(max_time="soon"),
        Raw(max_time=""),
        Raw(max_time="9999h"),
        Raw(folder="/there/is/no/such/folder"),
    ],
)
def test_what_cannot_be_meant_is_refused(raw: Raw) -> None:
    with pytest.raises(UsageError):
        understood(raw, {})
