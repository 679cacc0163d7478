"""`claw config`: the value of a setting, and the file and line that it comes from."""

from __future__ import annotations

import json

from tests.cli.live.world import World, told

MINE = """{
 // mine
 "model": "opus",
 "permissions": {"allow": ["Bash(ls:*)"], "deny": ["Read(x)"]}
}
"""
THEIRS = """{
 "model": "haiku",
 "permissions": {"deny": ["Bash(rm:*)"],
  "allow": ["Bash(make:*)"]}
}
"""


def write(world: World) -> None:
    for folder, text in ((world.home, MINE), (world.workspace, THEIRS)):
        path = folder / ".claude" / "settings.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


def test_a_value_is_told_with_the_file_that_says_it(world: World) -> None:
    write(world)
    assert world.run("config", "get", "model").stdout == b"opus\n"
    said = world.run("config", "explain", "model").stdout.decode()
    assert "~/.claude/settings.json:3  (user)  counts: opus\n" in said
    assert ".claude/settings.json:2  (project)  does not count: haiku\n    a repository cannot set model" in said
    assert said.endswith("In force: opus\n")


def test_lists_add_up_and_what_is_not_trusted_is_left_out_until_it_is(world: World) -> None:
    write(world)
    assert json.loads(world.run("config", "get", "permissions.deny").stdout) == ["Read(x)", "Bash(rm:*)"]
    assert json.loads(world.run("config", "get", "permissions.allow").stdout) == ["Bash(ls:*)"]
    said = world.run("config", "explain", "permissions.allow").stdout.decode()
    assert "this folder is not trusted" in said
    plain = json.loads(world.run("config", "explain", "permissions.allow", "--json").stdout)
    assert [(one["layer"], one["counts"]) for one in plain["said"]] == [("user", True), ("project", False)]


def test_what_nobody_says_and_what_claw_does_not_have(world: World) -> None:
    assert world.run("config", "get", "env").returncode == 1
    wrong = world.run("config", "get", "modle")
    assert wrong.returncode == 2
    assert "claw has no setting 'modle'" in told(wrong)
    assert "claw config explain model" in told(wrong)


def test_a_secret_is_not_shown(world: World) -> None:
    path = world.home / ".claude" / "settings.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"env": {"SOME_TOKEN": "sk-ant-api03-" + "a" * 40, "LANG": "C"}}))
    done = world.run("config", "get", "env")
    assert b"a" * 40 not in done.stdout
    assert json.loads(done.stdout)["LANG"] == "C"
