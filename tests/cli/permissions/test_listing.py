"""`claw permissions list` and `revoke`: what holds here, from where, and taking it back."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from tests.cli.live.world import World, told


def test_rules_come_by_layer_with_their_lines(world: World, write: Callable[..., Path]) -> None:
    write("user", permissions={"allow": ["Edit"], "defaultMode": "acceptEdits"})
    write("local", permissions={"ask": ["Write"]})
    write("project", permissions={"deny": ["Bash(rm:*)"], "allow": ["Bash(make:*)"]}, model="dear")
    done = world.run("permissions", "list", "--disallowed-tools", "Glob")
    assert done.returncode == 0, told(done)
    lines = done.stdout.decode().splitlines()
    assert lines[0] == "mode acceptEdits (~/.claude/settings.json:6)"
    assert [line.split() for line in lines[3:7]] == [
        ["command-line", "deny", "Glob", "--disallowed-tools"],
        ["user", "allow", "Edit", "~/.claude/settings.json:4"],
        ["local", "ask", "Write", ".claude/settings.local.json:4"],
        ["project", "deny", "Bash(rm:*)", ".claude/settings.json:4"],
    ]
    assert ".claude/settings.json:7: not in effect: allow rule Bash(make:*); " in done.stdout.decode()
    assert ".claude/settings.json:10: a repository cannot set model" in done.stdout.decode()


def test_json_says_the_same(world: World, write: Callable[..., Path]) -> None:
    write("user", permissions={"allow": ["WebFetch(domain:example.com)"]})
    write("project", permissions={"allow": ["Edit"]})
    listed = json.loads(world.run("permissions", "list", "--json").stdout)
    assert listed["mode"] == "default"
    assert listed["rules"] == [
        {
            "layer": "user",
            "effect": "allow",
            "rule": "WebFetch(domain:example.com)",
            "source": "~/.claude/settings.json:4",
        }
    ]
    assert listed["domains"] == ["example.com"]
    assert [wish["text"] for wish in listed["wanted_by_the_repository"]] == ["Edit"]


def test_no_key_and_no_model_are_needed(world: World) -> None:
    del world.environ["ANTHROPIC_API_KEY"]
    done = world.run("permissions", "list")
    assert (done.returncode, done.stdout) == (0, b"mode default\nno rules\n")


def test_what_a_file_says_cannot_steer_the_terminal(world: World, write: Callable[..., Path]) -> None:
    write("project", permissions={"deny": ["Bash(echo \x1b[2J\u202e)"]})
    listed = world.run("permissions", "list").stdout.decode()
    assert "\x1b" not in listed
    assert "\u202e" not in listed


def test_a_rule_that_does_not_parse_is_held_more_strictly_and_named_with_its_line(
    world: World, write: Callable[..., Path]
) -> None:
    write("project", permissions={"ask": ["Bash("]})
    done = world.run("permissions", "list", "--json")
    listed = json.loads(done.stdout)
    assert [(rule["effect"], rule["rule"]) for rule in listed["rules"]] == [("ask", "Bash")]
    (said,) = listed["ignored"]
    assert said.startswith(".claude/settings.json:")
    assert "the ask rule Bash( cannot be read" in said


def test_the_group_alone_says_what_to_type(world: World) -> None:
    done = world.run("permissions")
    assert (done.returncode, done.stdout) == (2, b"")
    assert "claw permissions --help" in told(done)
    assert world.run("permissions", "grant").returncode == 2


# --- revoke -----------------------------------------------------------------------------------------------------------


def test_a_rule_is_taken_back_and_the_rest_stays(world: World, write: Callable[..., Path]) -> None:
    path = write("user", permissions={"allow": ["Edit", "Bash(ls:*)"], "deny": ["Edit"]}, env={"A": "1"})
    done = world.run("permissions", "revoke", "Edit")
    assert (done.returncode, done.stdout) == (0, b"no longer allowed: Edit (taken out of ~/.claude/settings.json)\n")
    assert json.loads(path.read_text()) == {
        "permissions": {"allow": ["Bash(ls:*)"], "deny": ["Edit"]},
        "env": {"A": "1"},
    }


def test_a_rule_that_nobody_saved_cannot_be_taken_back(world: World, write: Callable[..., Path]) -> None:
    path = write("user", permissions={"deny": ["Edit"]})
    before = path.read_bytes()
    done = world.run("permissions", "revoke", "Edit")
    assert done.returncode == 2
    assert "has no allow rule Edit" in told(done)
    assert path.read_bytes() == before
