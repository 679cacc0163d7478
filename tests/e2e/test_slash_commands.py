"""Slash commands in a real terminal: those that are declared can be typed, explained and completed."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from typing import Any

from claw.cli.commands import COMMANDS as OUTSIDE
from claw.cli.terminal.commands.registry import COMMANDS, names
from claw.session import prompts
from tests.cli.live.tmux import Terminal, ready
from tests.cli.live.world import World, text, told, tool

Start = Callable[..., Terminal]


def of(world: World, kind: str) -> list[dict[str, Any]]:
    return [event["data"] for event in world.events() if event["kind"] == kind]


def test_each_declaration_leads_to_something() -> None:
    assert len(list(names())) == len(set(names())), "two commands have the same name"
    for command in COMMANDS.values():
        assert callable(command.function()) if command.does else command.name in prompts.COMMANDS
        assert bool(command.completes) <= bool(command.argument), "what takes nothing has nothing to complete"
        assert callable(command.completer() or print)
        if command.outside:
            program, name, *words = command.outside.split()
            assert program == "claw"
            assert name == "-p" or not OUTSIDE[name].parts or OUTSIDE[name].part(words[0]) is not None


def test_names_help_and_completion(world: World, terminal: Start) -> None:
    world.serve({**text("Planned."), "expect": ["Think about Mars"]})
    opened = ready(terminal())
    opened.enter("/hepl")
    opened.wait("there is no command /hepl", "do you mean /help? /help lists all")
    opened.enter("/no-such:thing-at.all")
    opened.wait("there is no command /no-such:thing-at.all")
    opened.enter("/help")
    opened.wait(*(f"/{name}" for name in COMMANDS))
    opened.enter("/help clear")
    opened.wait("begin the conversation anew", "also as", "/new, /reset", "has to wait until the turn is over")
    opened.enter("/usage")
    opened.wait("this session")
    opened.enter("/revoke")
    opened.wait("nothing was granted in this session")
    opened.enter("/revoke Bash(ls)")
    opened.wait("Bash(ls) was not granted in this session")
    opened.type("/permissions mode accept")
    opened.wait("acceptEdits")
    opened.press("Escape")
    opened.press("C-u")
    opened.enter("/plan Think about Mars")
    opened.wait("● Planned.", "permission mode plan")
    opened.enter("/exit")
    opened.exit_code()
    assert [event["config"]["mode"] for event in of(world, "config.changed")] == ["plan"]
    assert [event["text"] for event in of(world, "input.received")] == ["Think about Mars"]
    done = world.run("replay", "@last")
    assert done.returncode == 0, told(done)


HOSTILE = "\x1b]0;owned\x07\x1b[31mred"


def test_how_things_stand(world: World, terminal: Start) -> None:
    path = world.home / ".claude/settings.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    hook = {"hooks": [{"type": "command", "command": f"true # {HOSTILE}"}]}
    path.write_text(json.dumps({"hooks": {"PostToolUse": [hook]}}))
    (world.workspace / "there.md").write_text("mine\n")
    world.serve(
        tool("Write", {"file_path": "made.txt", "content": f"made {HOSTILE}\n"}),
        text(f"Written {HOSTILE}, for the clipboard."),
    )
    opened = ready(terminal("--permission-mode", "acceptEdits"))
    opened.enter("/copy")
    opened.wait("there is no answer yet that could be copied")
    opened.enter("/diff")
    opened.wait("no call of this session has changed a file")
    opened.enter("write it")
    opened.wait("for the clipboard.")
    opened.wait_idle()
    opened.enter("/status")
    opened.wait("version", "claw 0.", "account", "mode", "acceptEdits", "instructions", "turns")
    opened.enter("/config")
    opened.wait("model.name", "setting")
    opened.enter("/config hooks")
    opened.wait(".claude/settings.json:", "counts")
    opened.enter("/hooks")
    opened.wait("PostToolUse", "true # ␛]0;owned", ".claude/settings.json:")
    opened.enter("/tasks")
    opened.wait("the list is empty", "nothing runs in the background")
    opened.enter("/log 5")
    opened.wait("turn.finished", "has all of it")
    opened.enter("/log many")
    opened.wait("takes a number of events up to 1000")
    opened.enter("/diff")
    opened.wait("+ made ␛]0;owned", "What command lines have changed is not among it")
    opened.enter("/doctor")
    opened.wait("sandbox", "settings")
    opened.enter("/copy")
    opened.wait("copied: ", "by the terminal, where it allows that")
    opened.enter("/export there.md")
    opened.wait("is there already. Replace it?", "Press a key")
    opened.press("n")
    opened.wait("nothing was written")
    opened.enter("/export new.md")
    opened.wait("written: ")
    opened.enter("/export new.json")
    opened.wait_count("written: ", 2)
    opened.enter("/quit")
    opened.exit_code()
    assert (world.workspace / "there.md").read_text() == "mine\n"
    exported = (world.workspace / "new.md").read_text()
    assert "## User" in exported
    assert "\x1b" not in exported
    passages = [json.loads(line) for line in (world.workspace / "new.json").read_text().splitlines()]
    assert [one["who"] for one in passages][:2] == ["user", "tool"]
    assert world.run("replay", "@last").returncode == 0
    # The same from outside.
    assert world.run("export", "@last").stdout.decode() == exported
    refused = world.run("export", "@last", "there.md")
    assert (refused.returncode, (world.workspace / "there.md").read_text()) == (2, "mine\n"), told(refused)
    assert world.run("export", "@last", "there.md", "--replace").returncode == 0
    assert (world.workspace / "there.md").read_text() == exported
    listed = world.run("hooks")
    assert b"PostToolUse" in listed.stdout
    assert b"\x1b" not in listed.stdout


def test_prompts_of_claw_s_own(world: World) -> None:
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-C", str(world.workspace)]
    subprocess.run([*git, "init", "-q"], check=True)
    (world.workspace / "a.txt").write_text("one\n")
    subprocess.run([*git, "add", "a.txt"], check=True)
    subprocess.run([*git, "commit", "-q", "-m", "the first of all"], check=True)
    (world.workspace / "a.txt").write_text("two\n")
    world.serve(
        {**text("Reviewed."), "expect": ["<command-name>/review</command-name>", " M a.txt", "the first of all"]},
        {**text("Committed."), "expect": ["quietly", "+two", "the first of all"]},
        {**text("Mine."), "expect": ["My own init."]},
    )
    done = world.run("-p", "/review")
    assert done.stdout == b"Reviewed.\n", told(done)
    assert {event["origin"] for event in of(world, "tool.requested")} == {"command"}
    done = world.run("resume", "@last", "-p", "/commit quietly")
    assert done.stdout == b"Committed.\n", told(done)
    # A file of the person's goes before it.
    path = world.home / ".claude/commands/init.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("My own init.\n")
    done = world.run("resume", "@last", "-p", "/init")
    assert done.stdout == b"Mine.\n", told(done)
    assert world.run("replay", "@last").returncode == 0
