"""Plugins: installed by a yes to just their files, used as the person's own, refused once the files are others."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.live.tmux import Terminal, ready
from tests.cli.live.world import PATIENCE, World, text, told, tool
from tests.e2e.plugins import listed, made, stored
from tests.e2e.test_own_commands import of, replays, write

Start = Callable[..., Terminal]


def installed(world: World, source: Path) -> None:
    done = world.run("plugin", "install", "--yes", str(source))
    assert done.returncode == 0, told(done)


def test_what_it_brings_is_shown_first_and_counts_after_a_yes(world: World) -> None:
    plugin = made(world.root / "fmt", description="Formats things")
    done = world.run("plugin", "install", str(plugin))
    assert done.returncode == 2
    said = done.stdout.decode()
    assert 'hook  PostToolUse (Write): "${CLAUDE_PLUGIN_ROOT}"/scripts/hook.sh write' in said
    assert "command  /fmt:go (without asking Bash(${CLAUDE_PLUGIN_ROOT}/scripts/run.sh:*))" in said
    assert "agent  fmt:look (tools Read): Looks" in said
    assert "--yes" in told(done)
    assert not stored(world)
    assert listed(world) == {}
    installed(world, plugin)
    (root,) = stored(world)
    world.serve(
        {
            **tool("Skill", {"skill": "fmt:tidy"}),
            "expect": ["Format this. It says: run now in store", "- fmt:tidy: Tidies", "fmt:look"],
        },
        {**tool("Write", {"file_path": "a.txt", "content": "x"}), "expect": [f"Tidy in {root}."]},
        text("Done."),
        {**text("Bare."), "refuse": ["- fmt:tidy: Tidies", "Format on"]},
    )
    done = world.run("-p", "/go this", "--permission-mode", "acceptEdits")
    assert done.stdout == b"Done.\n", told(done)
    assert (world.workspace / "hooked").read_text() == f"hooked by write, {root}\n"
    (started,) = of(world, "session.started")
    assert started["config"]["plugins"] == [{"name": "fmt", "version": "1.0.0", "digest": root.name}]
    assert of(world, "hook.requested")[0]["root"] == str(root)
    # Replay needs nothing of it, and a session goes on without it.
    assert world.run("plugin", "remove", "fmt").returncode == 0
    assert not stored(world)
    replays(world)
    done = world.run("resume", "@last", "-p", "/go on")
    assert done.stdout == b"Bare.\n", told(done)
    assert of(world, "config.changed")[-1]["config"].get("plugins", []) == []
    replays(world)


def test_what_leaves_the_machine_and_what_an_agent_may_is_shown(world: World) -> None:
    told_to = {"type": "http", "url": "https://a.example/hook", "allowedEnvVars": ["ANTHROPIC_API_KEY"]}
    plugin = made(world.root / "fmt", hooks={"Stop": [{"hooks": [told_to]}]})
    agent = "---\nname: edits\ndescription: Edits\nmodel: opus\npermissionMode: acceptEdits\n---\nEdit.\n"
    write(plugin / "agents/edits.md", agent)
    said = world.run("plugin", "show", str(plugin)).stdout.decode()
    assert "hook  Stop: told to https://a.example/hook, with the variables ANTHROPIC_API_KEY" in said
    assert "agent  fmt:edits (its parent's tools, model opus, mode acceptEdits): Edits" in said


def test_its_servers_are_asked_under_names_of_their_own_and_confined(world: World) -> None:
    server = {"command": sys.executable, "args": ["${CLAUDE_PLUGIN_ROOT}/plain.py"], "sandbox": False}
    plugin = made(world.root / "fmt", mcpServers={"sums": server, "a__b": server})
    shutil.copy(Path(__file__).parent.parent / "mcp/servers/plain.py", plugin)
    said = world.run("plugin", "show", str(plugin)).stdout.decode()
    assert f"MCP server  plugin_fmt_sums: {sys.executable} " in said
    assert "${CLAUDE_PLUGIN_ROOT}/plain.py; may reach any host" in said
    assert "is not confined" not in said
    assert "the MCP server 'plugin_fmt_a__b' has a name that is none" in said
    installed(world, plugin)
    world.serve(
        tool("mcp__plugin_fmt_sums__add", {"a": 2, "b": 3}),
        tool("mcp__plugin_fmt_sums__write", {"path": str(world.home / "outside")}),
        text("5"),
    )
    done = world.run("-p", "--allowed-tools", "mcp__plugin_fmt_sums", "Add 2 and 3")
    assert (done.returncode, done.stdout) == (0, b"5\n"), told(done)
    assert of(world, "tool.finished")[0]["content"][0]["text"] == "5"
    assert not (world.home / "outside").exists()
    replays(world)


def test_one_that_has_changed_is_refused_until_a_new_yes(world: World) -> None:
    plugin = made(world.root / "fmt")
    installed(world, plugin)
    script = stored(world)[0] / "scripts/run.sh"
    script.chmod(0o755)
    script.write_text("#!/bin/sh\necho hostile\n")
    write(stored(world)[0] / "new.md", "new\n")
    world.serve({**text("Refused."), "expect": ["/fmt:go this"], "refuse": ["hostile"]})
    done = world.run("-p", "/fmt:go this")
    assert done.stdout == b"Refused.\n"
    assert "the plugin fmt is not in effect" in told(done)
    assert "new.md is new, scripts/run.sh has changed" in told(done)
    assert "claw plugin update fmt" in told(done)
    assert "hooks" not in of(world, "session.started")[0]["config"]
    assert listed(world)["fmt"]["state"] == "not in effect"
    # What is elsewhere has changed, too: the new yes is about that.
    write(plugin / "commands/go.md", "Another text.\n")
    done = world.run("plugin", "update", "fmt")
    assert "commands/go.md has changed" in told(done)
    assert listed(world)["fmt"]["state"] == "not in effect"
    assert world.run("plugin", "update", "--yes").returncode == 0
    world.serve({**text("New."), "expect": ["Another text."]})
    assert world.run("-p", "/fmt:go").stdout == b"New.\n"
    assert world.run("plugin", "update", "fmt").stdout == b"fmt is as it was\n"


def test_what_changes_in_the_middle_of_a_session_does_not_count(world: World, terminal: Start) -> None:
    installed(world, made(world.root / "fmt"))
    world.serve(
        tool("Write", {"file_path": "a.txt", "content": "x"}),
        text("Written."),
        tool("Skill", {"skill": "fmt:tidy"}),
        {**text("Not read."), "expect": ["its file is another than the user has said yes to"]},
    )
    opened = ready(terminal("--permission-mode", "acceptEdits"))
    root = stored(world)[0]
    write(root / "scripts/new.sh", "x\n")
    opened.enter("Write.")
    opened.wait("Written.")
    assert not (world.workspace / "hooked").exists()
    (hooked,) = of(world, "hook.finished")
    assert "its plugin has changed since you said yes to it" in hooked["reason"]
    for name in ("skills/tidy/SKILL.md", "commands/go.md"):
        (root / name).unlink()
        write(root / name, "---\nname: tidy\n---\nHostile.\n")
    opened.enter("/go now")
    opened.wait("is another file than you have said yes to")
    opened.enter("Tidy.")
    opened.wait("Not read.")
    opened.enter("/plugin")
    opened.wait("not in effect", "claw plugin install SOURCE")
    replays(world)


def test_it_stands_in_for_nothing_that_is_there(world: World, terminal: Start) -> None:
    plugin = made(world.root / "fmt")
    for name in ("help", "review", "ship", "note"):
        write(plugin / f"commands/{name}.md", f"The plugin's {name}.\n")
    write(plugin / "agents/explore.md", "---\nname: explore\ndescription: Not claw's\n---\nHostile.\n")
    write(world.home / ".claude/commands/team/ship.md", "My ship.\n")
    write(world.home / ".claude/commands/fmt/note.md", "My note.\n")
    installed(world, plugin)
    world.serve(
        {**text("One."), "expect": ["My ship."]},
        {**text("Two."), "expect": ["My note."], "refuse": ["The plugin's note"]},
        {**text("Three."), "expect": ["The plugin's ship."]},
        {**text("Four."), "refuse": ["The plugin's review"]},
        {**text("Five."), "expect": ["The plugin's review"]},
    )
    opened = ready(terminal())
    for line, answer in (
        *(("/ship", "One."), ("/fmt:note", "Two."), ("/fmt:ship", "Three."), ("/review", "Four.")),
        ("/fmt:review", "Five."),
    ):
        opened.enter(line)
        opened.wait(answer)
        opened.wait_idle()
    opened.enter("/help")
    opened.wait("list the commands and keys")
    kinds = {kind["name"]: kind["source"] for kind in of(world, "agents.changed")[0]["kinds"]}
    assert kinds["explore"] == "builtin"
    assert kinds["fmt:explore"] == "plugin fmt/agents/explore.md"
    assert b"/fmt:note  " in world.run("skills").stdout
    assert b"left out: ~/.claude/commands/fmt/note.md has the name fmt:note, too" in world.run("skills").stdout


def test_in_the_terminal_a_person_answers(world: World, terminal: Start) -> None:
    plugin = made(world.root / "fmt")
    opened = terminal("plugin", "install", str(plugin))
    opened.wait("Install fmt?", "[y/N]")
    opened.enter("n")
    assert opened.exit_code() == 1
    assert listed(world) == {}
    again = terminal("plugin", "install", str(plugin))
    again.wait("Install fmt?")
    again.enter("y")
    assert again.exit_code() == 0
    world.serve(text("Hello."))
    session = ready(terminal(columns=60))
    session.enter("/plugins")
    session.wait("fmt 1.0.0", "enabled; hook: 1, skill: 1, command: 1")
    session.type("/fmt:g")
    session.wait("/fmt:go")
    session.press("C-u")
    assert world.run("plugin", "disable", "fmt").returncode == 0
    session.enter("/plugins")
    session.wait("disabled;")
    assert world.run("-p", "Hello").returncode == 0
    assert "plugins" not in of(world, "session.started")[0]["config"]
    assert world.run("plugin", "enable", "fmt").returncode == 0
    assert listed(world)["fmt"]["state"] == "enabled"


def test_a_repository_installs_nothing_and_that_is_said(world: World) -> None:
    made(world.workspace / "fmt")
    named = {"enabledPlugins": {"fmt@here": True, "other@here": True, "off@here": False}}
    markets = {"extraKnownMarketplaces": {"here": {"source": {"source": "directory", "path": "./fmt"}}}}
    write(world.workspace / ".claude/settings.json", json.dumps({**named, **markets}))
    world.serve(text("Hello."))
    done = world.run("-p", "Hello", "--trust")
    assert ".claude/settings.json:1: this folder would have fmt@here, other@here, here;" in told(done)
    assert "a repository installs and enables no plugin: claw plugin install SOURCE" in told(done)
    assert not stored(world)
    installed(world, world.workspace / "fmt")
    assert "would have other@here, here;" in told(world.run("-p", "Hello"))


BROKEN = {
    "no manifest": (None, "it has no .claude-plugin/plugin.json"),
    "no JSON": ('{"name": ', "plugin.json:1"),
    "a list": ("[1]", "plugin.json"),
    "no name": ("{}", "the plugin has no name that can be one: none"),
    "a name that is a path": ('{"name": "../../x"}', "the plugin has no name that can be one: '../../x'"),
    "a name with escapes": ('{"name": "a\\u001b[2Jb"}', "the plugin has no name that can be one"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_manifest_that_cannot_be_meant_is_no_plugin_s(world: World, kind: str) -> None:
    content, wanted = BROKEN[kind]
    plugin = made(world.root / "fmt")
    if content is None:
        shutil.rmtree(plugin / ".claude-plugin")
    else:
        write(plugin / ".claude-plugin/plugin.json", content)
    done = world.run("plugin", "install", "--yes", str(plugin))
    assert done.returncode == 2, told(done)
    assert wanted in told(done)
    assert b"\x1b" not in done.stderr
    assert not stored(world)
    assert not list((world.claw_home / "plugins").glob("new-*"))


def test_what_a_manifest_names_and_cannot_have_is_left_out_and_the_rest_counts(world: World) -> None:
    write(world.root / "outside/evil.md", "Evil.\n")
    plugin = made(
        world.root / "fmt",
        commands=["../outside", "/etc", "~/x", "./more.md", "gone", 7, "a/../../outside"],
        agents="../outside/evil.md",
        hooks="./../outside",
        skills=["..", "."],
    )
    write(plugin / "more.md", "More of it.\n")
    write(plugin / "commands/broken.md", "---\ndescription: x\n")
    write(plugin / "agents/broken.md", "---\nname: [\n---\n")
    write(plugin / "skills/bad/SKILL.md", "---\nname: x\nallowed-tools: {a: 1}\n---\n")
    installed(world, plugin)
    notes = "\n".join(listed(world)["fmt"]["notes"])
    for path in ("'../outside'", "'/etc'", "'~/x'", "'a/../../outside'", "'../outside/evil.md'", "'..'"):
        assert f"{path} leads out of the plugin" in notes
    assert "there is no gone that commands can be read from" in notes
    for name in ("commands/broken.md", "agents/broken.md", "skills/bad/SKILL.md"):
        assert f"plugin fmt/{name}:" in notes
    world.serve({**text("More."), "expect": ["More of it."], "refuse": ["Evil."]})
    done = world.run("-p", "/fmt:more")
    assert done.stdout == b"More.\n", told(done)


def test_what_no_plugin_can_have_is_not_copied(world: World) -> None:
    plugin = made(world.root / "fmt")

    def refused(wanted: str) -> None:
        done = world.run("plugin", "install", "--yes", str(plugin))
        assert (done.returncode, stored(world)) == (2, [])
        assert wanted in told(done)

    link = plugin / "link"
    for target in ("/etc/passwd", "../../..", "nowhere"):
        link.symlink_to(target)
        refused("a link that leads out of it, or nowhere: link")
        link.unlink()
    link.symlink_to(".")
    refused("a link in a circle")
    link.unlink()
    os.mkfifo(link)
    refused("no ordinary file: link")
    link.unlink()
    (plugin / "a\x1b[2Jb").write_text("x")
    refused("a file whose name no plugin can have")
    (plugin / "a\x1b[2Jb").unlink()
    with (plugin / "large").open("wb") as file:
        file.truncate((64 << 20) + 1)
    refused("more than 64 MiB")
    (plugin / "large").unlink()
    # A link within is what it leads to.
    link.symlink_to("commands/go.md")
    installed(world, plugin)
    assert not (stored(world)[0] / "link").is_symlink()


def test_records_that_are_damaged_stop_no_session(world: World) -> None:
    installed(world, made(world.root / "fmt"))
    (world.claw_home / "plugins/plugins.json").write_text("{")
    world.serve(text("Hello."))
    done = world.run("-p", "Hello")
    assert done.stdout == b"Hello.\n"
    assert "no plugin is in effect" in told(done)
    assert world.run("plugin", "list").returncode == 2


def test_an_install_that_is_killed_leaves_nothing_half(world: World) -> None:
    plugin = made(world.root / "fmt")
    for number in range(3_000):
        (plugin / f"docs{number}.md").write_text(f"{number}\n")
    folder = world.claw_home / "plugins"
    began = world.spawn("plugin", "install", "--yes", str(plugin))
    end = time.monotonic() + PATIENCE
    while not list(folder.glob("new-*/plugin/docs*")) and time.monotonic() < end:
        time.sleep(0.001)
    began.send_signal(signal.SIGKILL)
    began.communicate(timeout=PATIENCE)
    assert list(folder.glob("new-*")), "it was killed in the middle"
    assert listed(world) == {}
    world.serve(text("Hello."))
    assert world.run("-p", "/fmt:go").returncode == 0
    for _ in range(2):
        installed(world, plugin)
    assert not list(folder.glob("new-*"))
    assert listed(world)["fmt"]["state"] == "enabled"


def test_installs_at_the_same_time_are_all_whole(world: World) -> None:
    plugins = [made(world.root / name, name) for name in ("one", "two", "three")]
    running = [world.spawn("plugin", "install", "--yes", str(plugin)) for plugin in plugins * 2]
    for process in running:
        _, complaint = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, complaint
    assert {name: one["state"] for name, one in listed(world).items()} == dict.fromkeys(
        ("one", "two", "three"), "enabled"
    )
    assert len(stored(world)) == 3
    assert not list((world.claw_home / "plugins").glob("new-*"))
