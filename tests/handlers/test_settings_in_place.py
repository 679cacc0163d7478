"""A setting is written where it stands: every other byte of the file stays, in JSON with comments and in TOML."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.errors import ToolError, UsageError
from claw.settings import jsonc
from claw.settings.edit import add_entry, remove_entry, set_value, unset_value
from claw.settings.in_place import JsonText

JSON = """\
{
  // which model
  "model": "opus", // mine
  "permissions": {
    "allow": ["Edit", "Write"],
    "deny": [
      "Bash(rm:*)" // never
    ]
  },
}
"""
TOML = """\
# top
model = "opus" # mine

[permissions] # rules
allow = ["Edit", "Write"]
deny = [
  "Bash(rm:*)", # never
]
"""


def change(path: Path, text: str) -> None:
    path.write_text(text)
    assert set_value(path, ("model",), "haiku")
    assert remove_entry(path, ("permissions", "allow"), "Edit")
    assert add_entry(path, ("permissions", "deny"), "Read(x)")
    assert set_value(path, ("memory",), True)
    assert set_value(path, ("sandbox", "network", "allowedDomains"), ["a.b"])


def test_json_keeps_its_comments_its_order_and_its_layout(tmp_path: Path) -> None:
    change(tmp_path / "settings.json", JSON)
    assert (
        (tmp_path / "settings.json").read_text()
        == """\
{
  // which model
  "model": "haiku", // mine
  "permissions": {
    "allow": ["Write"],
    "deny": [
      "Bash(rm:*)", // never
      "Read(x)"
    ]
  },
  "memory": true,
  "sandbox": {
    "network": {
      "allowedDomains": [
        "a.b"
      ]
    }
  },
}
"""
    )


def test_toml_keeps_its_comments_its_order_and_its_layout(tmp_path: Path) -> None:
    change(tmp_path / "config.toml", TOML)
    assert (
        (tmp_path / "config.toml").read_text()
        == """\
# top
model = "haiku" # mine
memory = true

[permissions] # rules
allow = ["Write"]
deny = [
  "Bash(rm:*)", # never
  "Read(x)",
]

[sandbox.network]
allowedDomains = ["a.b"]
"""
    )


@pytest.mark.parametrize(("name", "text"), [("settings.json", JSON), ("config.toml", TOML)])
def test_what_is_put_in_and_taken_out_again_leaves_no_trace(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    assert set_value(path, ("effortLevel",), "high")
    assert unset_value(path, ("effortLevel",))
    assert add_entry(path, ("permissions", "allow"), "Bash(ls)")
    assert remove_entry(path, ("permissions", "allow"), "Bash(ls)")
    assert path.read_text() == text
    before = path.stat()
    assert not unset_value(path, ("effortLevel",))
    assert not remove_entry(path, ("permissions", "ask"), "x")
    assert not set_value(path, ("model",), "opus")
    assert path.stat().st_mtime_ns == before.st_mtime_ns


def test_line_ends_a_byte_order_mark_and_permissions_stay(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes(b'\xef\xbb\xbf{\r\n\t"model": "opus", // \xc3\xbc\r\n\t"memory": true\r\n}\r\n')
    path.chmod(0o640)
    set_value(path, ("effortLevel",), "low")
    assert path.read_bytes() == (
        b'\xef\xbb\xbf{\r\n\t"model": "opus", // \xc3\xbc\r\n\t"memory": true,\r\n\t"effortLevel": "low"\r\n}\r\n'
    )
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    toml = tmp_path / "config.toml"
    toml.write_bytes(b'model = "opus" # x\r\n')
    set_value(toml, ("model",), "haiku")
    assert toml.read_bytes() == b'model = "haiku" # x\r\n'


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", b'{"model": "a", "model": "b"}'),
        ("a.json", b"{broken"),
        ("a.json", b"[]"),
        ("a.json", b'{"permissions": 3}'),
        ("a.json", b'{"permissions": {"allow": {"Edit": 1}}}'),
        ("a.json", b'{"a": "\xff"}'),
        ("a.json", b"\xff\xfe{\x00}\x00"),
        ("a.json", b'{"a": ' + b"[" * 500 + b"]" * 500 + b"}"),
        ("a.toml", b"model = \n"),
        ("a.toml", b'model = "a"\nmodel = "b"\n'),
        ("a.toml", b"permissions = 3\n"),
        ("a.toml", b"a = " + b"[" * 500 + b"]" * 500),
        ("a.toml", b'a = "\xff"'),
    ],
)
def test_what_cannot_be_changed_with_nothing_lost_is_left_as_it_is(tmp_path: Path, name: str, text: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(text)
    with pytest.raises((UsageError, ToolError)) as told:
        add_entry(path, ("permissions", "allow"), "Edit")
    assert str(path) in told.value.message
    assert path.read_bytes() == text
    assert os.listdir(tmp_path) == [name]


BLANKS = st.lists(st.sampled_from([" ", "\n", "\t", "\r\n", "/* a, } */", "// b, ]\n", "/* c\n d */"]), max_size=2).map(
    "".join
)
LEAF = st.sampled_from(["1", "true", "null", '"a,}]"', '"//x"', '"\\u00fc\\""', "-1.5e3"])


@st.composite
def texts(draw: st.DrawFn, depth: int = 0) -> str:
    kind = draw(st.sampled_from(["leaf", "list", "object"])) if depth else "object"
    if kind == "leaf" or depth > 3:
        return draw(LEAF)
    keys = draw(st.lists(st.sampled_from(["a", "b", "c", 'e\\"f']), unique=True, max_size=3))
    parts = []
    for key in keys:
        named = f'"{key}"{draw(BLANKS)}:{draw(BLANKS)}' if kind == "object" else ""
        parts.append(draw(BLANKS) + named + draw(texts(depth + 1)) + draw(BLANKS))
    comma = draw(st.sampled_from(["", ","])) if parts else ""
    inside = ",".join(parts) + comma + draw(BLANKS)
    return f"{{{inside}}}" if kind == "object" else f"[{inside}]"


def places(value: Any, where: tuple[str | int, ...] = ()) -> list[tuple[tuple[str | int, ...], Any]]:
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [(where, value), *(found for key, part in parts for found in places(part, (*where, key)))]


def comments(text: str) -> list[str]:
    return [text[start:end].strip() for start, end in jsonc.comments(text)]


@given(texts(), st.data())
def test_whatever_the_layout_just_one_value_changes_and_no_comment_is_lost(text: str, data: st.DataObject) -> None:
    before = JsonText(text, "x")
    holders = [(where, value) for where, value in places(before.plain) if isinstance(value, dict | list)]
    where, holder = data.draw(st.sampled_from(holders))
    key = "new" if isinstance(holder, dict) else len(holder)
    value = data.draw(st.sampled_from(["x", {"q": [1]}, [1, 2]]))
    after = before.with_value((*where, key), value)
    wanted = json.loads(json.dumps(before.plain))
    inner = wanted
    for step in where:
        inner = inner[step]
    if isinstance(inner, list):
        inner.append(value)
    else:
        inner["new"] = value
    assert after.plain == wanted
    assert comments(after.text) == comments(text)
    assert after.without((*where, key)).plain == before.plain
