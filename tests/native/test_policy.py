"""`claw._native.evaluate` and its kin, as Python meets them; the verdicts are tested in native/src/policy/tests."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from claw import _native
from claw.errors import ClawError, UsageError
from claw.events.permission import Rule
from claw.events.tool import PathFact


def question(**fields: Any) -> bytes:
    asked = {"tool": "Bash", "mode": "default", "footprint": "execute", "cwd": "/w", "home": "/home/u"}
    return msgspec.msgpack.encode(asked | fields)


def evaluate(**fields: Any) -> dict[str, Any]:
    verdict: dict[str, Any] = msgspec.msgpack.decode(_native.evaluate(question(**fields)))
    return verdict


def test_a_verdict_has_every_field() -> None:
    assert evaluate(arguments={"command": "true; rm x"}) == {
        "verdict": "ask",
        "rule": None,
        "source": "builtin",
        "part": "rm x",
        "reason": "It is not known where `x` leads.",
        "suggestion": None,
        "wider": [],
        "segments": [
            {"text": "true", "verdict": "allow", "rule": "", "source": "builtin", "reason": "`true` only reads."},
            {
                "text": "rm x",
                "verdict": "ask",
                "rule": "",
                "source": "builtin",
                "reason": "It is not known where `x` leads.",
            },
        ],
        "read_only": False,
        "unresolved": ["x"],
    }


def test_events_are_understood_as_they_are() -> None:
    fact = PathFact(parameter="file_path", given="./a.py", canonical="a.py", inside=True, exists=True)
    rules = (Rule(effect="deny", rule="Edit(*.py)", source=".claw/settings.json"),)
    verdict = evaluate(tool="Write", footprint="write", facts={"paths": (fact,)}, rules=rules, more="ignored")
    assert (verdict["verdict"], verdict["rule"], verdict["part"]) == ("deny", "Edit(*.py)", "a.py")
    grants = [{"rule": "Edit(/a.py)", "source": "granted in event 7"}]
    verdict = evaluate(tool="Write", footprint="write", facts={"paths": (fact,)}, grants=grants)
    assert (verdict["verdict"], verdict["source"]) == ("allow", "granted in event 7")


def test_the_same_question_has_the_same_answer() -> None:
    asked = question(arguments={"command": "git log"}, rules=[{"effect": "ask", "rule": "Bash(git:*)", "source": "s"}])
    assert len({_native.evaluate(asked) for _ in range(100)}) == 1


def test_what_is_no_question() -> None:
    with pytest.raises(ClawError, match="malformed policy question"):
        _native.evaluate(b"\xc1")
    with pytest.raises(ClawError, match="malformed policy question"):
        evaluate(mode="yolo")
    with pytest.raises(UsageError, match=r"`Bash\(` has no `\)`"):
        evaluate(rules=[{"effect": "allow", "rule": "Bash(", "source": "s"}])


def test_rules() -> None:
    assert _native.parse_rule("Bash(git log:*)") == ("Bash", "git log:*")
    assert _native.parse_rule("mcp__github") == ("mcp__github", None)
    with pytest.raises(UsageError) as caught:
        _native.parse_rule("Bash(git:* push)")
    assert "`Bash(git:* push)` has `:*` before its end" in str(caught.value)
    assert caught.value.hint


def test_exclusions_hide_what_deny_rules_name() -> None:
    rules = [Rule(effect="deny", rule="Read(./secrets/**)", source="s"), Rule(effect="deny", rule="Bash", source="s")]
    assert _native.exclusions(question(tool="Grep", footprint="read", rules=rules)) == ["/w/secrets/**"]


def test_protected_paths() -> None:
    def protected(path: str) -> bool:
        return _native.is_protected(path, "/w", "/home/u", "/home/u/.local/share/claw")

    assert protected(".git/hooks/pre-commit")
    assert protected("/home/u/.local/share/claw/sessions/x")
    assert not protected("src/a.py")
    assert not protected("caf\udce9")


@pytest.mark.parametrize(
    ("command", "configuration"),
    [
        ("git config a b", ".git/config"),
        ("git -C /opt/x config a b", "/opt/x/.git/config"),
        ("git -c a.b=c -C sub -C in --no-pager config a b", "sub/in/.git/config"),
        ("git -C sub -C ~/x config a b", "~/x/.git/config"),
        ("git -C a --git-dir g config a b", "a/g/config"),
        ("git -C a --git-dir=/g config a b", "/g/config"),
        ("git -C a config -f z a b", "z"),
        ("cd sub && git -C in config a b", "sub/in/.git/config"),
    ],
)
def test_the_configuration_that_git_writes_is_that_of_its_repository(command: str, configuration: str) -> None:
    assert configuration in _native.shell_lookups(command)[0]
