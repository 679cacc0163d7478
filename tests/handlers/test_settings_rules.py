"""Rules that cannot be read: one that allows is left out and named, one that denies or asks is held more strictly."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.handlers.settings_files import Files

ODD_RULES = (
    *(
        "WebSearch(x)",
        "WebFetch(domain:*)",
        "WebFetch(*.host/*)",
        "*",
        "Edit:*",
        "Bash(git -C :* log:*)",
    ),
    *(
        "Bash(1 <<'JSON'",
        "JSON)",
        "Bash(git reset:* --hard)",
        "WebSearch(*)",
        "Bash()",
        "Bash(:*)",
        "Read(!x)",
        "(((",
        "",
    ),
    *(
        "Read(a/../b)",
        "Read({a)",
        "WebFetch(https://x.example/y)",
        "mcp__x__y(z)",
        "TodoWrite(x)",
        "B*",
        "Bash(x\ufffd:*)",
        "Bash(ls\u00a0-l)",
        "Bash(ls:\u200b*)",
    ),
)


@pytest.mark.parametrize("which", ["user", "project"])
def test_an_allow_rule_that_cannot_be_read_is_left_out_and_named(files: Files, which: str) -> None:
    odd = [*ODD_RULES, None, 7, {"tool": "Bash"}, ["Bash"]]
    written = json.dumps({"permissions": {"allow": ["Edit", *odd, "Bash(make:*)"]}}, indent=1)
    getattr(files, which).write_text(written)
    settings = files.read().trusting("x")
    assert [rule.rule for rule in settings.rules] == ["Edit", "Bash(make:*)"]
    assert len(settings.ignored) == len(odd)
    for number, sentence in enumerate(settings.ignored):
        assert sentence.split(": ")[1] == "not in effect"
        if number < len(ODD_RULES):
            assert ODD_RULES[number] in sentence


def test_a_list_of_allow_rules_that_is_none_is_left_out(files: Files) -> None:
    files.user.write_text('{"permissions": {"allow": "Bash"}}')
    assert (files.read().rules, len(files.read().ignored)) == ((), 1)


READ_ALL = ("Read", "Read(//**)")


@pytest.mark.parametrize(
    ("given", "held"),
    [
        ("Bash(rm:* -f)", ("Bash(rm*)",)),
        ("Bash(rm\u00a0*)", ("Bash(rm *)",)),
        ("Bash(rm:\u200b*)", ("Bash(rm:*)",)),
        ("\u2060Bash\uff08rm\uff1a*\uff09", ("Bash(rm:*)",)),
        ("Read(./a\u00a0b)", ("Read(./a\u00a0b)",)),
        ("Bash(git -C :* log:*)", ("Bash(git -C*)",)),
        ("Bash(:* rm)", ("Bash",)),
        ("Bash(rm", ("Bash",)),
        ("Bash()", ("Bash",)),
        ("Bash:rm", ("Bash",)),
        ("bash(rm:*)", ("Bash(rm:*)",)),
        ("BASH", ("Bash",)),
        ("Bash (rm:*)", ("Bash(rm:*)",)),
        ("Edit:*", ("Edit", "Edit(//**)")),
        ("WebFetch(domain:*)", ("WebFetch(domain:*)",)),
        ("WebFetch(*.host/*)", ("WebFetch(domain:host)", "WebFetch(domain:*.host)")),
        ("WebFetch(https://x.example/y)", ("WebFetch(domain:x.example)", "WebFetch(domain:*.x.example)")),
        ("WebFetch(x y)", ("WebFetch", "WebFetch(domain:*)")),
        ("Read(./a/../secrets/**)", ("Read(./secrets/**)",)),
        ("Read(!x)", READ_ALL),
        ("Read({a)", READ_ALL),
        ("Read(x\ufffd)", READ_ALL),
        ("read(.env)", ("Read(.env)",)),
        ("PowerShell(Remove-Item:*)", ("PowerShell(Remove-Item:*)",)),
        ("WebSearch(*)", ("WebSearch",)),
        ("mcp__x__y(z)", ("mcp__x__y",)),
        ("Web*", ("WebFetch", "WebFetch(domain:*)", "WebSearch")),
        ("*", ("*",)),
        ("JSON)", ("*",)),
        ("(((", ("*",)),
        ("mcp__*__write", ("*",)),
        (7, ("*",)),
        ({"tool": "Bash"}, ("*",)),
        (["Bash(rm:*)", "Edit"], ("Bash(rm:*)", "Edit")),
        (None, ()),
        ("", ()),
        ({}, ()),
    ],
)
@pytest.mark.parametrize("effect", ["deny", "ask"])
def test_what_denies_or_asks_and_cannot_be_read_is_held_more_strictly(
    files: Files, effect: str, given: Any, held: tuple[str, ...]
) -> None:
    files.project.write_text(json.dumps({"permissions": {effect: ["Bash(ls)", given]}}, indent=1))
    settings = files.read()
    assert [(rule.effect, rule.rule) for rule in settings.rules] == [(effect, text) for text in ("Bash(ls)", *held)]
    said = [] if held == (given,) else [".claude/settings.json:5"]
    assert [sentence.split(": ")[0] for sentence in settings.ignored] == said


@pytest.mark.parametrize("written", ['"Bash(rm:*)"', '["Bash(rm:*)"]', '[["Bash(rm:*)"]]'])
@pytest.mark.parametrize("key", ["deny", "Deny", "denny"])
def test_a_deny_rule_is_not_lost_by_a_slip_around_it(files: Files, key: str, written: str) -> None:
    files.user.write_text(f'{{"permissions": {{"{key}": {written}}}}}')
    assert [(rule.effect, rule.rule) for rule in files.read().rules] == [("deny", "Bash(rm:*)")]


def test_of_a_key_given_twice_all_that_tightens_counts_and_of_what_loosens_the_last(files: Files) -> None:
    first = '{"deny": ["Bash(a)"], "allow": ["Bash(b)"], "defaultMode": "acceptEdits"}'
    second = '{"deny": ["Bash(c)"], "deny": ["Bash(d)"], "allow": ["Bash(e)"], "allow": ["Bash(f)"]}'
    files.user.write_text(f'{{"permissions": {first}, "permissions": {second}}}')
    settings = files.read()
    assert sorted(rule.rule for rule in settings.rules) == ["Bash(a)", "Bash(c)", "Bash(d)", "Bash(f)"]
    assert settings.mode is None


@pytest.mark.parametrize(
    ("denied", "names"),
    [
        ("https://x.example/y", ["*.x.example", "x.example"]),
        ("a b", ["*"]),
        (7, ["*"]),
    ],
)
def test_a_denied_domain_that_cannot_be_read_denies_more(files: Files, denied: Any, names: list[str]) -> None:
    network = {"allowedDomains": ["y.example", "https://z", None], "deniedDomains": [denied]}
    files.user.write_text(json.dumps({"sandbox": {"network": network}}))
    settings = files.read()
    assert sorted(entry.name for entry in settings.domains if entry.effect == "deny") == names
    assert [entry.name for entry in settings.domains if entry.effect == "allow"] == ["y.example"]
    assert len(settings.ignored) == 3
