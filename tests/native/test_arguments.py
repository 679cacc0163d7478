"""`claw._native.parse_arguments`."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw import _native
from claw.errors import ArgumentsInvalid

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def parsed(text: str) -> Any:
    return msgspec.msgpack.decode(_native.parse_arguments(text))


@given(st.dictionaries(st.text(), VALUES, max_size=4), st.booleans())
def test_agrees_with_json(value: dict[str, Any], ascii_only: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only)
    assert parsed(text) == value
    assert list(parsed(text)) == list(value)


@pytest.mark.parametrize("text", ["", " \n", "{}"])
def test_nothing_is_no_arguments(text: str) -> None:
    assert parsed(text) == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1, "a": 2}', "line 1, column 10: the key `a` is given twice"),
        ('{"a": {"b": [{"c": 1, "c": 1}]}}', "`a.b[0].c`"),
        ('{"a": "\\ud800"}', "half of a surrogate pair"),
        ('{"a": "\ud800"}', "half of a surrogate pair"),
        ('{"a": 18446744073709551616}', "does not fit in 64 bits"),
        ('{"a": 1e400}', "too large for a double"),
        ('{"a": NaN}', "expected a value"),
        ('{"a": 1}\n{"b": 2}', "line 2, column 1: expected nothing after the object"),
        ("[]", "found an array"),
        ('{"a":' + "[" * 128 + "]" * 128 + "}", "deeper than 128"),
        ('{"a": "x', "found the end of the text"),
    ],
)
def test_what_is_wrong_is_said(text: str, message: str) -> None:
    with pytest.raises(ArgumentsInvalid) as caught:
        _native.parse_arguments(text)
    assert message in str(caught.value)
    assert caught.value.hint


def test_with_a_schema_a_text_is_what_is_meant() -> None:
    schema = (
        '{"type":"object","properties":{"edits":{"type":"array"},"limit":{"type":"integer"},"text":{"type":"string"}}}'
    )
    given = '{"edits":"[{\\"a\\":true}]","limit":"20","text":"20"}'
    meant = msgspec.msgpack.decode(_native.parse_arguments(given, schema))
    assert meant == {"edits": [{"a": True}], "limit": 20, "text": "20"}
    assert parsed(given)["limit"] == "20"
