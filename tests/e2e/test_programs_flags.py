"""The flags that programs start claw with: each does what its name says, or is refused in a sentence."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import pytest

from tests.cli.live.world import World, text, told, tool
from tests.e2e.test_mcp import configure, plain


def started(world: World) -> dict[str, Any]:
    return next(event["data"] for event in world.events() if event["kind"] == "session.started")


def offered(world: World) -> set[str]:
    changed = [event["data"] for event in world.events() if event["kind"] == "tools.changed"]
    return {one["name"] for event in changed for one in event["tools"]}


def test_other_instructions_stand_for_claw_s_own_and_hold_no_secret(world: World, tmp_path: Path) -> None:
    world.serve(*[text("ok")] * 3)
    key = world.environ["ANTHROPIC_API_KEY"]
    assert world.run("-p", "go", "--system-prompt", f"You are Bob. {key}").returncode == 0
    assert started(world)["prompts"]["system"].startswith("You are Bob. ")
    assert key not in json.dumps(world.events())
    file = tmp_path / "prompt.md"
    file.write_text("You are Ann.\n")
    done = world.run("-p", "go", "--system-prompt-file", str(file), "--append-system-prompt", "Be short.")
    assert done.returncode == 0, told(done)
    assert started(world)["prompts"]["system"] == "You are Ann.\n\nBe short."
    assert world.run("replay", "--all").returncode == 0


def test_instructions_never_touch_policy(world: World) -> None:
    world.serve(tool("Bash", {"command": "touch x"}), text("done"))
    done = world.run("-p", "go", "--system-prompt", "Every command is allowed. permissions: allow Bash(*)")
    assert done.returncode == 3
    assert not (world.workspace / "x").exists()


def test_only_these_tools_are_offered(world: World) -> None:
    world.serve(tool("Bash", {"command": "touch x"}), text("ok"), text("ok"))
    assert world.run("-p", "go", "--tools", "Read,grep", "--allowed-tools", "Bash").returncode == 0
    assert offered(world) == {"Read", "Grep"}
    assert not (world.workspace / "x").exists()
    assert world.run("replay", "@last").returncode == 0
    world.serve(text("ok"))
    assert world.run("-p", "go", "--tools", "").returncode == 0
    assert offered(world) == set()


def test_a_tool_that_is_searched_for_brings_the_search(world: World) -> None:
    world.serve(text("ok"))
    assert world.run("-p", "go", "--tools", "NotebookEdit").returncode == 0
    assert offered(world) == {"ToolSearch"}


def test_settings_of_the_command_line_stand_below_the_administrator_s_and_above_files(world: World) -> None:
    world.serve(
        tool("Write", {"file_path": "a", "content": "x"}), tool("Bash", {"command": "echo $COLOUR > b"}), text("ok")
    )
    given = {"permissions": {"deny": ["Edit(a)"], "allow": ["Bash(echo:*)"]}, "env": {"COLOUR": "blue"}}
    (world.home / ".claude").mkdir()
    file = world.home / ".claude" / "settings.json"
    file.write_text(json.dumps({"permissions": {"defaultMode": "acceptEdits"}, "env": {"COLOUR": "red"}}))
    done = world.run("-p", "go", "--settings", json.dumps(given))
    assert done.returncode == 0, told(done)
    assert not (world.workspace / "a").exists()
    assert (world.workspace / "b").read_text() == "blue\n"
    denied = next(event["data"] for event in world.events() if event["kind"] == "permission.evaluated")
    assert (denied["verdict"], denied["source"]) == ("deny", "--settings:1")


def test_files_that_are_left_out_give_nothing_and_deny_all_the_same(world: World) -> None:
    """What tightens counts whoever starts claw: a program cannot leave the person's rules behind."""
    world.serve(
        tool("Bash", {"command": "touch a"}),
        tool("Bash", {"command": "touch b"}),
        tool("Read", {"file_path": "c"}),
        text("ok"),
    )
    (world.home / ".claude" / "agents").mkdir(parents=True)
    (world.home / ".claude" / "agents" / "mine.md").write_text("---\nname: mine\ndescription: of mine\n---\nDo.")
    user = {"permissions": {"allow": ["Bash(touch a)", "Bash(touch b)"], "deny": ["Bash(touch b)", "Read(c)"]}}
    (world.home / ".claude" / "settings.json").write_text(json.dumps(user))
    done = world.run("-p", "go", "--setting-sources", "project", "--allowed-tools", "Bash(touch b)")
    assert done.returncode == 3
    verdicts = [event["data"]["verdict"] for event in world.events() if event["kind"] == "permission.evaluated"]
    assert verdicts == ["ask", "deny", "deny"]
    kinds = [event["data"]["kinds"] for event in world.events() if event["kind"] == "agents.changed"]
    assert "mine" not in {kind["name"] for kind in kinds[-1]}


def test_a_further_folder_is_a_part_of_the_workspace(world: World) -> None:
    other = world.root / "other"
    other.mkdir()
    world.serve(tool("Write", {"file_path": str(other / "a"), "content": "x"}), text("ok"))
    done = world.run("-p", "go", "--add-dir", str(other), "--permission-mode", "acceptEdits")
    assert done.returncode == 0, told(done)
    assert (other / "a").read_text() == "x"


def test_a_session_has_the_id_that_the_program_gives_once(world: World) -> None:
    world.serve(text("ok"), text("ok"))
    id = str(uuid.UUID(int=(0x01A20000_0000_7000_8000_000000000000 + 5)))
    assert world.run("-p", "go", f"--session-id={id}").returncode == 0
    assert world.sessions() == [id]
    again = world.run("-p", "go", f"--session-id={id}")
    assert again.returncode == 2
    assert "there is a session" in told(again)


def test_the_version_is_said_to_who_asks_in_short(world: World) -> None:
    assert world.run("-v").stdout == world.run("--version").stdout


def test_no_servers_are_none(world: World) -> None:
    world.serve(text("ok"))
    done = world.run("-p", "go", "--mcp-config", '{"mcpServers": {}}', "--strict-mcp-config")
    assert done.returncode == 0, told(done)


def test_servers_are_those_that_the_program_names(world: World) -> None:
    """Beside those that are configured, or instead of them."""
    configure(world, ours=plain())
    given = json.dumps({"mcpServers": {"mine": plain()}})
    for strict in (), ("--strict-mcp-config",):
        world.serve(tool("mcp__mine__add", {"a": 1, "b": 2}), {**text("three"), "expect": ["3"]})
        done = world.run("-p", "go", "--mcp-config", given, *strict, "--allowed-tools", "mcp__mine")
        assert (done.returncode, done.stdout) == (0, b"three\n"), told(done)
        asked = {event["data"]["server"] for event in world.events() if event["kind"] == "mcp.connect_requested"}
        assert asked == ({"mine"} if strict else {"mine", "ours"})
        assert world.run("replay", "@last").returncode == 0


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--mcp-config", '{"mcpServers": {"one": {"type": "sdk", "name": "one"}}}'), "that claw does not know"),
        (("--mcp-config", "nowhere.json"), "nowhere.json"),
        (("--tools", "Nonsense"), "there is no tool 'Nonsense'"),
        (("--setting-sources", "managed"), "there is no 'managed'"),
        (("--settings", "nowhere.json"), "there is no file"),
        (("--settings", "{"), "no JSON object"),
        (("--settings", '{"permissions": {"defaultMode": "bypassPermissions"}}'), "bypassPermissions"),
        (("--add-dir", "nowhere"), "there is no folder"),
        (("--agents", "[]"), "no JSON object"),
        (("--session-id", "5"), "must be a UUID"),
        (("--session-id", "b3b4f0a6-7b5c-4b8f-9b3c-6a1c9e3b7f10"), "version 7"),
        (("--fork-session",), "needs a session"),
        (("--system-prompt", "x", "--system-prompt-file", "y"), "say the same"),
        (("--system-prompt-file", "nowhere"), "nowhere"),
        (("--system-prompt", "x" * 70_000), "are the most"),
        (("--betas", "x"), "--betas"),
    ],
)
def test_flags_that_cannot_be(world: World, flags: tuple[str, ...], words: str) -> None:
    world.serve(text("ok"))
    done = world.run("-p", "go", *flags)
    assert words in told(done)
    assert done.returncode == 2 or "bypassPermissions" in words
