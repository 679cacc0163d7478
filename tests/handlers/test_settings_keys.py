"""The table of settings is what is read, what can be written, and what the documentation lists."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from claw.errors import UsageError
from claw.settings import changing
from claw.settings.content import CHOICES
from claw.settings.keys import TABLE
from tests.handlers.settings_files import Files

DOCS = Path(__file__).parents[2] / "docs/settings.md"


def test_the_documentation_lists_each_setting_with_what_it_holds() -> None:
    rows = re.findall(r"^\| `([\w.]+)` \| (.+?) \| (.+?) \|$", DOCS.read_text(), re.MULTILINE)
    assert rows == [(name, kind.replace("|", ", "), about) for name, kind, about in TABLE]


def test_each_setting_that_is_read_is_in_the_table() -> None:
    assert {row[0] for row in TABLE} >= {*CHOICES}


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("model", ("model",)),
        ("permissions.allow", ("permissions", "allow")),
        ('models."gpt-4.1".window', ("models", "gpt-4.1", "window")),
    ],
)
def test_a_name_is_its_keys(name: str, keys: tuple[str, ...]) -> None:
    assert changing.keys_of(name) == keys


@pytest.mark.parametrize("name", ["", ".", "a.", ".a", "a..b", 'a"b"', '"a', 'models."x"y'])
def test_what_is_no_name_is_said(name: str) -> None:
    with pytest.raises(UsageError):
        changing.keys_of(name)


ODD: tuple[Any, ...] = (
    None,
    True,
    0,
    -1.5,
    10**40,
    "",
    "x",
    "\0",
    [],
    [None],
    [[]],
    ["x", 1],
    {},
    {"x": None},
    {"": []},
)


@pytest.mark.parametrize("name", [row[0] for row in TABLE])
@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_an_odd_value_of_any_setting_stops_nothing(files: Files, name: str, odd: Any) -> None:
    """It is said with its file and line, or it counts; the deny rule beside it counts either way."""
    plain: Any = odd
    for key in reversed(name.split(".")):
        plain = {key: plain}
    (files.workspace / ".claw").mkdir()
    for path in (files.user, files.project, files.local):
        path.write_text(json.dumps(plain))
    files.managed.write_text('{"permissions": {"deny": ["Read(x)"]}}')
    settings = files.read()
    assert "Read(x)" in [rule.rule for rule in settings.rules]
    assert all(re.match(r"\S+:\d+: ", sentence) for sentence in settings.ignored)
    assert not [rule for rule in settings.rules if rule.effect == "allow" and rule.rule in ("*", "")]
