"""`Policy` says of each call what `evaluate` says of the whole question, whatever it was asked before.

Every fifth of the red team's cases is tried here, all of them in the long run (CLAW_FUZZ=long).
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from claw import _native
from claw.errors import ClawError, UsageError
from tests.redteam.case import families, read
from tests.redteam.conftest import tree  # noqa: F401 - a fixture
from tests.redteam.judging import judged
from tests.redteam.trees import Tree

EVERY = 1 if os.environ.get("CLAW_FUZZ") == "long" else 5
OF_A_CALL = ("tool", "arguments", "footprint", "facts", "mode")

encode, decode = msgspec.msgpack.encode, msgspec.msgpack.decode


def split(question: bytes) -> tuple[bytes, bytes]:
    """Everything but the call, and the call."""
    whole: dict[str, Any] = decode(question)
    call = {name: whole[name] for name in OF_A_CALL}
    rest = {**whole, "tool": "", "arguments": {}, "footprint": "read", "facts": {}}
    return encode(rest), encode(call)


def said(judge: Callable[[], bytes]) -> bytes | str:
    try:
        return judge()
    except ClawError as error:
        return f"{type(error).__name__}: {error}"


@pytest.fixture
def verdicts(tree: Callable[[str], Tree], monkeypatch: pytest.MonkeyPatch) -> dict[bytes, bytes | str]:  # noqa: F811
    """Questions of red-team cases, and what is said of each."""
    asked: dict[bytes, bytes | str] = {}
    evaluate = _native.evaluate

    def listen(question: bytes) -> bytes:
        asked[question] = verdict = said(lambda: evaluate(question))
        return verdict if isinstance(verdict, bytes) else encode({})

    monkeypatch.setattr(_native, "evaluate", listen)
    for line in itertools.islice(itertools.chain.from_iterable(map(read, families())), 0, None, EVERY):
        judged(line.case, tree(line.case.tree))
    monkeypatch.undo()
    assert len(asked) > 600
    return asked


def test_it_is_the_same_verdict(verdicts: dict[bytes, bytes | str]) -> None:
    policies: dict[bytes, _native.Policy] = {}
    for question, verdict in verdicts.items():
        rest, call = split(question)

        def many(rest: bytes = rest, call: bytes = call) -> bytes:
            if rest not in policies:
                policies[rest] = _native.Policy(rest)
            return policies[rest].check(call)

        assert said(many) == verdict
    assert len(policies) < len(verdicts), "no policy was asked twice"


def test_a_call_without_a_mode_has_the_question_s() -> None:
    question = {"tool": "", "footprint": "read", "mode": "plan", "cwd": "/w"}
    call = {"tool": "Bash", "arguments": {"command": "rm x"}, "footprint": "execute"}
    policy = _native.Policy(encode(question))
    assert decode(policy.check(encode(call)))["verdict"] == "deny"
    assert decode(policy.check(encode({**call, "mode": "bypassPermissions"})))["verdict"] == "allow"
    assert decode(policy.check(encode(call)))["verdict"] == "deny", "a mode outlived its call"


def test_what_cannot_be_meant_is_refused() -> None:
    question = {"tool": "", "footprint": "read", "mode": "plan", "cwd": "/w"}
    with pytest.raises(ClawError):
        _native.Policy(b"")
    with pytest.raises(UsageError):
        _native.Policy(encode({**question, "rules": [{"effect": "deny", "rule": "Bash("}]}))
    with pytest.raises(ClawError):
        _native.Policy(encode(question)).check(encode({"tool": "Bash"}))
