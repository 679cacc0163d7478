"""Language servers in settings files: read as other programs have them, and no program that a repository brings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from claw.execution.language.known import Chosen, Program, all_of, of
from claw.settings import Settings
from tests.handlers.settings_files import Files

GOPLS = {"command": "gopls", "args": ["serve"], "extensions": [".go"]}


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def write(path: Path, servers: Any) -> None:
    path.write_text(json.dumps({"languageServers": servers}, indent=1))


def names(settings: Settings, path: str = "") -> list[str]:
    programs = all_of(settings.languages or Chosen())
    return [program.name for program in (of(path, programs) if path else programs)]


def test_the_known_ones_are_used_where_nothing_is_said(files: Files) -> None:
    assert files.read().languages is None
    assert names(files.read(), "a/b.PY") == ["basedpyright", "pyright"]
    assert names(files.read(), "x.tsx") == ["typescript-language-server"]
    assert (names(files.read(), "x.rs"), names(files.read(), "x.go")) == (["rust-analyzer"], [])


@pytest.mark.parametrize(
    "fields",
    [
        GOPLS,
        {"command": ["gopls", "serve"], "extensions": ["go"]},
        {"command": "gopls", "args": ["serve"], "extensionToLanguage": {".go": "go"}, "startupTimeout": 30000},
    ],
)
def test_others_are_named_by_the_user(files: Files, fields: dict[str, Any]) -> None:
    write(files.user, {"gopls": fields, "basedpyright": False, "pyright": {"disabled": True}})
    settings = files.read()
    assert settings.languages is not None
    assert settings.languages.programs == (Program("gopls", ("gopls", "serve"), {".go": "go"}),)
    assert names(settings) == ["gopls", "typescript-language-server", "rust-analyzer"]
    assert settings.ignored == ()


def test_one_of_the_same_name_takes_the_known_ones_place(files: Files) -> None:
    write(
        files.user, {"pyright": {"command": "/opt/p", "extensions": [".py"], "env": {"A": "b"}, "settings": {"x": 1}}}
    )
    (first, *_) = of("a.py", all_of(files.read().languages or Chosen()))
    assert (first.command, first.env, first.settings) == (("/opt/p",), {"A": "b"}, {"x": 1})
    assert names(files.read(), "a.py") == ["pyright", "basedpyright"]


def test_any_layer_may_switch_them_off(files: Files) -> None:
    write(files.user, {"gopls": GOPLS})
    write(files.project, False)
    assert names(files.read()) == []
    write(files.project, {"rust-analyzer": False})
    assert names(files.read()) == ["gopls", "basedpyright", "pyright", "typescript-language-server"]


def test_what_a_repository_brings_waits_for_trust(files: Files) -> None:
    write(files.project, {"gopls": {**GOPLS, "env": {"GOFLAGS": "-x"}}})
    settings = files.read()
    assert "gopls" not in names(settings)
    (wish,) = settings.wishes
    assert (wish.kind, wish.source) == ("language server", ".claude/settings.json:3")
    assert wish.text == 'gopls: gopls serve; for .go; env {"GOFLAGS": "-x"}'
    assert names(settings.trusting("digest")) == [
        "gopls",
        "basedpyright",
        "pyright",
        "typescript-language-server",
        "rust-analyzer",
    ]
    write(files.user, {"gopls": {**GOPLS, "command": "mine"}})
    (program, *_) = all_of(files.read().trusting("digest").languages or Chosen())
    assert program.command[0] == "mine", "the user's own of that name stays"


@pytest.mark.parametrize(
    ("servers", "why"),
    [
        ("yes", ":2: not in effect: it is no object."),
        ({"x": 5}, ":3: not in effect: the language server 'x' is no object."),
        ({"x": {"extensions": [".x"]}}, "'x' has no command"),
        ({"x": {"command": "a\0b", "extensions": [".x"]}}, "'x' has no command"),
        ({"x": {"command": ["a", 1], "extensions": [".x"]}}, "'x' has no command"),
        ({"x": {"command": "a", "args": "b", "extensions": [".x"]}}, "'x' has no command"),
        ({"x": {"command": "a"}}, "'x' is for no files"),
        ({"x": {"command": "a", "extensions": [".", 5]}}, "'x' is for no files"),
        ({"x": {**GOPLS, "transport": "socket"}}, "'x' speaks by something else"),
        ({"x": {**GOPLS, "env": {"A=": "b"}}}, "'x' has an env that no process can have"),
        ({"x": {**GOPLS, "env": ["A"]}}, "'x' has an env that is none"),
        ({"x": {**GOPLS, "settings": 1}}, "'x' has settings that are no object"),
        ({"x": {**GOPLS, "env": {"A": "sk-ant-api03-" + "x1Y2" * 20}}}, "'x' holds "),
        ({"x": {**GOPLS, "port": 1}}, "claw does not know port of a language server."),
    ],
)
def test_what_cannot_be_meant_is_said(files: Files, servers: Any, why: str) -> None:
    write(files.user, servers)
    settings = files.read()
    (said,) = settings.ignored
    assert why in said
    assert said.startswith("~/.claude/settings.json:")
    assert names(settings)[-1] == "rust-analyzer"


def test_a_slip_in_the_key_is_said(files: Files) -> None:
    files.user.write_text(json.dumps({"languageServer": {}}))
    assert files.read().ignored == (
        "~/.claude/settings.json:1: not in effect: claw knows languageServers, and no languageServer.",
    )
