"""Settings of a repository: without a terminal they need a flag, in one a person is asked before anything begins."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.cli.live.tmux import Terminal, ready
from tests.cli.live.world import World, text, told, tool

WRITE = tool("Write", {"file_path": "made.txt", "content": "made"})


@pytest.fixture
def wanting(world: World) -> World:
    """A repository that allows itself to write."""
    want(world, {"permissions": {"allow": ["Write"], "deny": ["Bash"]}})
    world.serve(WRITE, text("Done."))
    return world


def want(world: World, content: dict[str, Any]) -> None:
    (world.workspace / ".claude").mkdir(exist_ok=True)
    (world.workspace / ".claude/settings.json").write_text(json.dumps(content, indent=1))


def config(world: World) -> dict[str, Any]:
    settings: dict[str, Any] = world.events()[0]["data"]["config"]
    return settings


def test_without_the_flag_each_thing_is_left_out_with_a_sentence(wanting: World) -> None:
    done = wanting.run("-p", "go")
    assert ".claude/settings.json:4: not in effect: allow rule Write; " in told(done)
    assert "--trust" in told(done)
    assert not (wanting.workspace / "made.txt").exists()
    assert [rule["rule"] for rule in config(wanting)["rules"]] == ["Bash"]
    assert "trust" not in config(wanting).get("sources", {})


def test_with_the_flag_it_takes_effect_and_the_log_says_so(wanting: World) -> None:
    done = wanting.run("-p", "go", "--trust")
    assert (done.returncode, "not in effect" in told(done)) == (0, False)
    assert (wanting.workspace / "made.txt").read_text() == "made"
    assert [(rule["rule"], rule["layer"]) for rule in config(wanting)["rules"]] == [
        ("Bash", "project"),
        ("Write", "project"),
    ]
    assert config(wanting)["sources"]["trust"].endswith(" (--trust)")


def test_a_resumed_session_has_no_more_than_its_own_run_is_given(wanting: World) -> None:
    wanting.run("-p", "go", "--trust")
    wanting.serve(text("Again."))
    wanting.run("resume", "@last", "-p", "more")
    (changed,) = [event["data"]["config"] for event in wanting.events() if event["kind"] == "config.changed"]
    assert [rule["rule"] for rule in changed["rules"]] == ["Bash"]
    assert "trust" not in changed.get("sources", {})


def test_a_person_is_asked_before_anything_begins(wanting: World, terminal: Callable[..., Terminal]) -> None:
    opened = terminal("go")
    opened.wait("allow rule  Write  (.claude/settings.json:4)", "Press a key")
    assert wanting.sessions() == []
    opened.press("y")
    opened.wait("Done.")
    assert (wanting.workspace / "made.txt").read_text() == "made"
    assert "(answered 20" in config(wanting)["sources"]["trust"]
    # Not asked again while it stays the same, and then also without a terminal.
    wanting.serve(text("Hello."))
    assert "not in effect" not in told(wanting.run("-p", "hi"))
    want(wanting, {"permissions": {"allow": ["Write", "Edit"]}})
    assert "has changed since" in told(wanting.run("-p", "hi"))


def test_a_no_is_a_session_that_only_tightens(wanting: World, terminal: Callable[..., Terminal]) -> None:
    opened = terminal()
    opened.wait("Press a key")
    opened.press("n")
    ready(opened)
    assert [rule["rule"] for rule in config(wanting)["rules"]] == ["Bash"]


def no(opened: Terminal) -> None:
    """Answer, and leave the session that begins."""
    opened.wait("Press a key")
    opened.press("n")
    ready(opened)
    opened.enter("/quit")
    assert opened.exit_code() == 0


def test_a_no_is_remembered_quietly_and_still_counts(wanting: World, terminal: Callable[..., Terminal]) -> None:
    no(terminal())
    screen = ready(terminal()).screen()
    assert "Press a key" not in screen
    assert "not in effect" not in screen
    assert [rule["rule"] for rule in config(wanting)["rules"]] == ["Bash"]
    assert "not in effect" not in told(wanting.run("-p", "go"))
    listed = wanting.run("permissions", "list").stdout.decode()
    assert "not in effect: allow rule Write; you said no to it" in listed
    assert "claw permissions revoke --trust" in listed


def test_after_a_no_other_content_is_asked_about(wanting: World, terminal: Callable[..., Terminal]) -> None:
    no(terminal())
    want(wanting, {"permissions": {"allow": ["Write", "Edit"]}})
    terminal().wait("allow rule  Edit", "Press a key")


@pytest.mark.parametrize("answer", ["yes", "no"])
def test_an_answer_that_is_taken_back_is_asked_for_again(
    wanting: World, terminal: Callable[..., Terminal], answer: str
) -> None:
    opened = terminal()
    opened.wait("Press a key")
    opened.enter(answer)
    ready(opened)
    done = wanting.run("permissions", "revoke", "--trust")
    assert (done.returncode, done.stdout.decode()) == (
        0,
        f"forgotten: what you answered about the settings in {wanting.workspace}\n",
    )
    assert "this folder is not trusted, see claw --trust" in told(wanting.run("-p", "go"))
    terminal().wait("Press a key")


def test_an_answer_that_nobody_gave_cannot_be_taken_back(wanting: World) -> None:
    done = wanting.run("permissions", "revoke", "--trust")
    assert (done.returncode, done.stdout) == (2, b"")
    assert "nothing was answered about the settings in" in told(done)
    assert not (wanting.claw_home / "trust.json").exists()


@pytest.mark.parametrize("words", [["--trust", "Edit"], ["--trust", "--session", "@last"], ["-C", ".", "Edit"], []])
def test_what_is_taken_back_is_one_thing(wanting: World, words: list[str]) -> None:
    assert wanting.run("permissions", "revoke", *words).returncode == 2


def test_what_is_wanted_cannot_hide(world: World, terminal: Callable[..., Terminal]) -> None:
    want(world, {"permissions": {"allow": ["Edit(./\u202e\u200d\x1b[2J)"]}})
    screen = terminal().wait("Press a key")
    assert "Edit(./<U+202E><U+200D>\u241b[2J)" in screen


def test_leaving_at_the_question_begins_nothing(wanting: World, terminal: Callable[..., Terminal]) -> None:
    opened = terminal()
    opened.wait("Press a key")
    opened.press("C-d")
    assert opened.exit_code() == 0
    assert wanting.sessions() == []
    assert not (wanting.claw_home / "trust.json").exists()
