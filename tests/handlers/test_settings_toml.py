"""Settings in TOML: the same keys, the same layers, the same word; each thing is said with its line."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.errors import UsageError
from claw.settings.toml import lines
from tests.handlers.settings_files import Files, rules

MINE = """\
# mine
model = "haiku"

[permissions]
deny = [
  "Read(x)",
  "Bash(rm:*)", # never
]
allow = ["Edit"]

[[hooks.PreToolUse]]
matcher = "Bash"
hooks = [{ type = "command", command = "true" }]

[models."gpt-4.1"]
window = 1_000
"""


@pytest.fixture
def toml(files: Files) -> Path:
    path = files.home / ".config/claw/config.toml"
    path.parent.mkdir(parents=True)
    return path


def test_the_users_file_counts_and_goes_before_their_json(files: Files, toml: Path) -> None:
    toml.write_text(MINE)
    files.user.write_text('{"model": "opus", "effortLevel": "low", "permissions": {"deny": ["Read(y)"]}}')
    settings = files.read()
    name = "~/.config/claw/config.toml"
    assert (settings.model, settings.sources["model"]) == ("haiku", f"{name}:2")
    assert settings.choices["effortLevel"] == "low"
    assert rules(settings) == [
        ("allow", "Edit", f"{name}:9"),
        ("deny", "Read(x)", f"{name}:6"),
        ("deny", "Bash(rm:*)", f"{name}:7"),
        ("deny", "Read(y)", "~/.claude/settings.json:1"),
    ]
    assert [(hook.event, hook.command, hook.source) for hook in settings.hooks] == [
        ("PreToolUse", "true", f"{name}:13")
    ]
    assert settings.models["gpt-4.1"].window == 1000
    assert settings.ignored == ()


def test_where_there_is_no_such_file_nothing_of_toml_is_imported(files: Files) -> None:
    files.user.write_text('{"model": "opus"}')
    code = "import sys; from claw.settings import read_settings; read_settings(*sys.argv[1:])"
    code += "; print({'tomllib', 'tomlkit', 'claw.settings.toml', 'claw.settings.changing'} & set(sys.modules))"
    command = [sys.executable, "-c", code, str(files.home), str(files.workspace)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "set()\n"


def test_a_repositorys_file_only_tightens(files: Files) -> None:
    (files.workspace / ".claw").mkdir()
    (files.workspace / ".claw/config.toml").write_text(
        'model = "x"\n[permissions]\nallow = ["Bash"]\ndeny = ["Read(x)"]\ndefaultMode = "acceptEdits"\n'
    )
    (files.workspace / ".claw/config.local.toml").write_text('[permissions]\nask = ["Edit"]\n')
    settings = files.read()
    assert rules(settings) == [("ask", "Edit", ".claw/config.local.toml:2"), ("deny", "Read(x)", ".claw/config.toml:4")]
    assert [(wish.kind, wish.text) for wish in settings.wishes] == [("allow rule", "Bash")]
    assert settings.model is None
    assert settings.mode is None
    assert len(settings.ignored) == 2


def test_the_administrators_file_counts_and_must_be_theirs(files: Files) -> None:
    (files.etc / "config.toml").write_text('model = "opus"\n')
    (files.etc / "settings.d/x.toml").write_text('[permissions]\ndeny = ["Edit"]\n')
    settings = files.read()
    assert "model" in settings.managed
    assert [rule.layer for rule in settings.rules] == ["managed"]
    (files.etc / "config.toml").chmod(0o666)
    with pytest.raises(UsageError, match="others can write to it"):
        files.read()


def test_a_home_that_is_the_workspace_has_one_word(files: Files, toml: Path) -> None:
    toml.write_text('model = "haiku"\n')
    files.workspace = files.home
    assert files.read().model == "haiku"


def test_what_cannot_be_read_is_said_with_its_line_and_held_more_strictly(files: Files, toml: Path) -> None:
    toml.write_bytes(
        b'\xef\xbb\xbfmemory = "x"\r\nmodell = "y"\r\n[permissions]\r\ndeny = ["Bash(rm \xff)", 3]\r\nallow = 1\r\n'
    )
    settings = files.read()
    said = "\n".join(settings.ignored)
    name = "~/.config/claw/config.toml"
    for line in (1, 2, 4, 5):
        assert f"{name}:{line}: " in said
    assert {rule.rule for rule in settings.rules if rule.effect == "deny"} >= {"Bash", "*"}
    assert settings.memory is False


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (b"a = 1\nb = \n", 2),
        (b"a = 1\na = 2\n", 2),
        (b'[x]\ny = "open\n', 2),
        (b"{}\n", 1),
        (b"a = 1\n[a]\nb = 1", 2),
        (b"a = " + b"[" * 10_000 + b"]" * 10_000, 1),
        (b"a" + b".a" * 5_000 + b" = 1\n", 1),
        (b"x = 1\n\0", 2),
    ],
)
def test_what_is_no_toml_is_refused_with_its_line(files: Files, toml: Path, text: bytes, place: int) -> None:
    toml.write_bytes(text)
    with pytest.raises(UsageError, match=f"^~/.config/claw/config.toml:{place}: ") as told:
        files.read()
    assert "claw doctor" in (told.value.hint or "")


@pytest.mark.parametrize("size", [2 * 2**20, 11 * 2**20])
def test_a_huge_file_is_refused_at_once(files: Files, toml: Path, size: int) -> None:
    toml.write_text("# x\n" * (size // 4))
    with pytest.raises(UsageError, match=r"config.toml"):
        files.read()


def test_dates_and_numbers_that_json_has_not_are_no_texts(files: Files, toml: Path) -> None:
    toml.write_text("model = 1979-05-27\n[env]\nA = inf\nB = 07:32:00\n[permissions]\ndeny = [nan, 1.5]\n")
    settings = files.read()
    assert settings.env == {"B": "07:32:00"}
    assert [rule.rule for rule in settings.rules] == ["*"]


def places(value: Any, where: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [where, *(found for key, part in parts for found in places(part, (*where, key)))]


@given(st.data())
def test_each_value_of_a_file_has_the_line_on_which_it_stands(data: st.DataObject) -> None:
    leaf = st.sampled_from(
        ["1_000", "1979-05-27 07:32:00", '"a]#\\""', "'x = [1]'", '"""\nq = 1\n"""', "'''\n]'''", "true", "-1.5e3"]
    )
    blank = st.sampled_from(["", " ", "\n", " # x = ]\n"])
    pieces: list[str] = []
    for index in range(data.draw(st.integers(1, 5))):
        match data.draw(st.sampled_from(["pair", "dotted", "list", "inline", "table", "tables"])):
            case "pair":
                pieces.append(f"k{index} = {data.draw(leaf)} # = \n")
            case "dotted":
                pieces.append(f'd{index}."x.y".z = {data.draw(leaf)}\n')
            case "list":
                inner = ",".join(data.draw(blank) + data.draw(leaf) + data.draw(blank) for _ in range(3))
                pieces.append(f"l{index} = [{inner},{data.draw(blank)}]\n")
            case "inline":
                pieces.append(f"i{index} = {{ a = [{{b = 1}}], c.d = {data.draw(leaf)} }}\n")
            case "table":
                pieces.append(f"[t{index}.'q.r']\nv = {data.draw(leaf)}\n\n")
            case "tables":
                pieces.append(f"[[m{index}]]\nv = 1\n[m{index}.sub]\nw = 2\n[[ m{index} ]]\n\nv = {data.draw(leaf)}\n")
    text = "".join(pieces)
    plain, found = tomllib.loads(text), lines(text)
    for where in places(plain)[1:]:
        assert where in found, (where, text)
        key = where[-1]
        line = text.split("\n")[found[where] - 1]
        if isinstance(key, str):
            assert key in line, (where, text)
