"""`Policy` says of each call what `evaluate` says of the whole question, whatever it was asked before."""

from __future__ import annotations

import itertools
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
def questions(tree: Callable[[str], Tree], monkeypatch: pytest.MonkeyPatch) -> list[bytes]:  # noqa: F811
    """Those of all red-team cases."""
    asked: list[bytes] = []
    evaluate = _native.evaluate

    def listen(question: bytes) -> bytes:
        asked.append(question)
        return evaluate(question)

    monkeypatch.setattr(_native, "evaluate", listen)
    for line in itertools.chain.from_iterable(map(read, families())):
        said(lambda line=line: encode(judged(line.case, tree(line.case.tree))))  # type: ignore[misc]
    monkeypatch.undo()
    assert len(asked) > 600
    return asked


def test_it_is_the_same_verdict(questions: list[bytes]) -> None:
    policies: dict[bytes, _native.Policy] = {}
    for question in questions:
        rest, call = split(question)

        def many(rest: bytes = rest, call: bytes = call) -> bytes:
            if rest not in policies:
                policies[rest] = _native.Policy(rest)
            return policies[rest].check(call)

        assert said(many) == said(lambda question=question: _native.evaluate(question))  # type: ignore[misc]
    assert len(policies) < len(questions), "no policy was asked twice"


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
