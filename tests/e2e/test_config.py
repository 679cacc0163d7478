"""`claw config`: the value of a setting, and the file and line that it comes from."""

from __future__ import annotations

import json
from collections.abc import Callable

from tests.cli.live.tmux import Terminal, answer, ready
from tests.cli.live.world import World, text, told, tool

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
    for folder, content in ((world.home, MINE), (world.workspace, THEIRS)):
        path = folder / ".claude" / "settings.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(content)


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


# --- writing ----------------------------------------------------------------------------------------------------------


def test_a_setting_is_written_and_taken_out_and_the_rest_of_the_file_stays(world: World) -> None:
    write(world)
    mine = world.home / ".claude" / "settings.json"
    assert world.run("config", "set", "model", "haiku").returncode == 0
    assert world.run("config", "set", "permissions.deny", "--add", "Bash(dd:*)").returncode == 0
    assert mine.read_text() == MINE.replace("opus", "haiku").replace('"Read(x)"', '"Read(x)", "Bash(dd:*)"')
    assert world.run("config", "get", "model").stdout == b"haiku\n"
    assert world.run("config", "unset", "permissions.deny", "Bash(dd:*)").returncode == 0
    assert world.run("config", "unset", "model").returncode == 0
    assert world.run("config", "unset", "model").returncode == 1
    assert mine.read_text() == MINE.replace(' "model": "opus",\n', "")


def test_a_toml_file_that_is_there_is_written_to(world: World) -> None:
    write(world)
    toml = world.home / ".config/claw/config.toml"
    toml.parent.mkdir(parents=True)
    toml.write_text('# mine\nmodel = "opus" # the large one\n')
    told_so = world.run("config", "set", "model", "haiku").stdout.decode()
    assert told_so == f"{toml}: model is haiku\n"
    assert toml.read_text() == '# mine\nmodel = "haiku" # the large one\n'
    said = world.run("config", "explain", "model").stdout.decode()
    assert "~/.config/claw/config.toml:2  (user)  counts: haiku\n" in said
    assert "~/.claude/settings.json:3  (user)  does not count: opus\n" in said


def test_what_would_not_count_is_said_and_not_written(world: World) -> None:
    write(world)
    mine, theirs = (folder / ".claude/settings.json" for folder in (world.home, world.workspace))
    for arguments, why in (
        (("modle", "x"), "claw has no setting 'modle'"),
        (("permissions", "{}"), "permissions holds several settings"),
        (("permissions.deny", "Bash(rm:*)"), "permissions.deny is a list of texts"),
        (("permissions.allow", '["*"]'), "it speaks of every tool"),
        (("permissions.defaultMode", "bypassPermissions"), "no file can set the mode bypassPermissions"),
        (("disableAllHooks", "maybe"), "disableAllHooks is true or false"),
        (("effortLevel", "hard"), "effortLevel cannot be 'hard'"),
        (("hooks", '{"PreToolUze": []}'), "do you mean PreToolUse?"),
        (("models.x", '{"window": "wide"}'), "unknown or no such value"),
        (("model", "x", "--scope", "project"), "a repository cannot set model"),
        (("memory", "true", "--scope", "local"), "only you can turn memory on"),
    ):
        done = world.run("config", "set", *arguments)
        assert done.returncode == 2, arguments
        assert why in told(done)
    assert mine.read_text() == MINE
    assert theirs.read_text() == THEIRS
    assert not (world.workspace / ".claude/settings.local.json").exists()


def test_what_is_written_for_the_repository_says_that_it_needs_trust(world: World) -> None:
    done = world.run("config", "set", "permissions.allow", "--add", "Bash(make:*)", "--scope", "local")
    assert "this folder is not trusted" in done.stdout.decode()
    assert json.loads((world.workspace / ".claude/settings.local.json").read_text()) == {
        "permissions": {"allow": ["Bash(make:*)"]}
    }


def test_a_file_that_cannot_be_written_is_left_and_said(world: World) -> None:
    write(world)
    mine = world.home / ".claude" / "settings.json"
    for content in ("{broken", '{"model": "a", "model": "b"}', "[1]"):
        mine.write_text(content)
        done = world.run("config", "set", "model", "x")
        assert done.returncode == 2
        assert "settings.json" in told(done)
        assert mine.read_text() == content
    real = world.root / "dotfiles.json"
    real.write_text("{}")
    mine.unlink()
    mine.symlink_to(real)
    assert world.run("config", "set", "model", "haiku").returncode == 0
    assert mine.is_symlink()
    assert json.loads(real.read_text()) == {"model": "haiku"}


def test_a_session_writes_a_setting_that_later_ones_have(world: World, terminal: Callable[..., Terminal]) -> None:
    write(world)
    (world.workspace / ".claude/settings.json").unlink()
    mine = world.home / ".claude" / "settings.json"
    opened = ready(terminal())
    opened.enter("/config set smallModel haiku")
    opened.wait("smallModel is haiku", "Sessions that begin from now on have it.")
    assert mine.read_text() == MINE.replace('"deny": ["Read(x)"]}', '"deny": ["Read(x)"]},\n "smallModel": "haiku"')
    opened.enter("/config set effortLevel hard")
    opened.wait("effortLevel cannot be 'hard'")
    opened.enter("/config unset smallModel")
    opened.wait("smallModel is taken out of")
    assert mine.read_text() == MINE
    opened.enter("/exit")
    opened.exit_code()
    done = world.run("replay", "@last")
    assert done.returncode == 0, told(done)


def test_an_always_goes_into_the_toml_file_that_is_there(world: World, terminal: Callable[..., Terminal]) -> None:
    toml = world.home / ".config/claw/config.toml"
    toml.parent.mkdir(parents=True)
    toml.write_text('# mine\n[permissions]\nallow = ["Read"] # more to come\n')
    world.serve(tool("Bash", {"command": "touch made"}), text("Done."))
    opened = ready(terminal())
    opened.enter("make it")
    answer(opened, "Yes, always")
    opened.wait("Done.")
    opened.enter("/exit")
    opened.exit_code()
    assert toml.read_text().startswith('# mine\n[permissions]\nallow = ["Read", "Bash(touch')
    assert toml.read_text().endswith(" # more to come\n")


# --- odd files --------------------------------------------------------------------------------------------------------


def test_however_much_a_folder_wants_it_is_one_line_at_the_start(world: World) -> None:
    """From JSON, from TOML and from command files, beside what they deny, which holds."""
    world.environ |= {"ANTHROPIC_BASE_URL": "http://127.0.0.1:9", "CLAW_MAX_RETRIES": "0"}
    (world.workspace / ".claw").mkdir()
    (world.workspace / ".claude/commands").mkdir(parents=True)
    listed = json.dumps([f"Bash(x{number})" for number in range(400)])
    (world.workspace / ".claw/config.toml").write_text(f'[permissions]\nallow = {listed}\ndeny = ["Read(x)"]\n')
    (world.workspace / ".claude/settings.json").write_text(f'{{"permissions": {{"allow": {listed}}}}}')
    for number in range(50):
        command = f"---\nallowed-tools: Bash(y{number})\n---\nx\n"
        (world.workspace / f".claude/commands/c{number}.md").write_text(command)
    said = told(world.run("-p", "hi")).splitlines()
    (line,) = [one for one in said if "not in effect" in one]
    assert "850 things that this folder's settings want are not in effect (command: 50, allow rule: 800)" in line
    assert b"Read(x)" in world.run("config", "get", "permissions.deny").stdout


def test_a_toml_file_that_a_merge_broke_is_refused_with_its_line_and_an_odd_value_is_not(world: World) -> None:
    world.environ |= {"ANTHROPIC_BASE_URL": "http://127.0.0.1:9", "CLAW_MAX_RETRIES": "0"}
    path = world.home / ".config/claw/config.toml"
    path.parent.mkdir(parents=True)
    path.write_bytes(b'model = "opus"\r\n<<<<<<< HEAD\r\n')
    done = world.run("-p", "hi")
    assert done.returncode == 2
    assert "~/.config/claw/config.toml:2: this is no TOML" in told(done)
    assert world.sessions() == []
    path.write_bytes(b'\xef\xbb\xbfmodel = 3\r\n[permissions]\r\ndeny = ["Bash(rm \xff)"]\r\n')
    said = told(world.run("-p", "hi"))
    assert "~/.config/claw/config.toml:1: not in effect: model is no text." in said
    assert "~/.config/claw/config.toml:3: the deny rule" in said
    assert len(world.sessions()) == 1
