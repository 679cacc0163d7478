"""Command files: typed by name, they stand for their text; what is in the log needs no file; what they want is trusted
by digest, and never widens what rules deny or ask about.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from claw.settings.command_text import expanded
from tests.cli.live.tmux import Terminal, answer, ready
from tests.cli.live.world import World, text, told

Start = Callable[..., Terminal]


def write(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


def of(world: World, kind: str) -> list[dict[str, Any]]:
    return [event["data"] for event in world.events() if event["kind"] == kind]


def replays(world: World) -> None:
    done = world.run("replay", "@last")
    assert done.returncode == 0, told(done)


REVIEW = """---
description: Review a pull request
argument-hint: <number>
allowed-tools: Bash(./look:*), Bash(cat .env)
model: claude-haiku-4-5
---
Review pull request $1 as $2 would, of: $ARGUMENTS.
Status: !`./look $1`
Secret: !`cat .env`
Unasked: !`./other`
See @notes.txt and @gone.txt and mail me@example.org.
"""


def test_a_command_of_ones_own(world: World) -> None:
    write(world.home / ".claude/commands/gh/review.md", REVIEW)
    write(world.home / ".claude/settings.json", '{"permissions": {"deny": ["Bash(cat .env)"]}}')
    write(world.home / ".codex/prompts/tidy.md", "Tidy up $1, $2.\n")
    write(world.home / ".config/opencode/commands/ask.md", "---\ndescription: Asks\nmodel: openai/gpt-5\n---\nAsk.\n")
    write(world.workspace / "notes.txt", "the notes say so\n")
    write(world.workspace / "look", "#!/bin/sh\necho looked at $1\n")
    write(world.workspace / ".env", "hush hush\n")
    (world.workspace / "look").chmod(0o755)
    world.serve(
        {
            **text("Reviewed."),
            "expect": [
                "<command-name>/gh:review</command-name>",
                "Review pull request 12 as Ada L would, of: 12 'Ada L'.",
                "Status: looked at 12",
                "Secret: Permission denied",
                "Unasked: Nobody could be asked",
                "the notes say so",
                "@gone.txt and mail me@example.org",
            ],
            "refuse": ["hush hush", "Contents of gone.txt"],
        },
        {**text("Tidied."), "expect": ["Tidy up a b, c."]},
        {**text("Asked."), "expect": ["Ask.\\n\\nARGUMENTS: why?"]},
        {**text("As it is."), "expect": ["/unknown thing"]},
    )
    # The namespace may be left out, where no other command ends so.
    done = world.run("-p", "/review 12 'Ada L'")
    assert done.stdout == b"Reviewed.\n", told(done)
    (received,) = of(world, "input.received")
    assert received["text"] == "/review 12 'Ada L'"
    use = received["command"]
    assert use["source"] == "~/.claude/commands/gh/review.md"
    assert len(use["digest"]) == 64
    assert use["leave"]["model"]["name"] == "claude-haiku-4-5"
    assert [event["origin"] for event in of(world, "tool.requested")] == ["command"] * 4
    assert [event["verdict"] for event in of(world, "permission.evaluated")] == ["allow", "deny", "ask", "allow"]
    assert {event["model"] for event in of(world, "model.requested")} == {"claude-haiku-4-5"}
    # Nothing of it is needed to replay, to show and to go on.
    shutil.rmtree(world.home / ".claude")
    replays(world)
    done = world.run("resume", "@last", "-p", "/prompts:tidy 'a b' c")
    assert done.stdout == b"Tidied.\n", told(done)
    assert of(world, "model.requested")[-1]["model"] != "claude-haiku-4-5", "the model was that turn's alone"
    done = world.run("resume", "@last", "-p", "/ask why?")
    assert done.stdout == b"Asked.\n", told(done)
    assert of(world, "model.requested")[-1]["model"] == "openai/gpt-5"
    assert world.run("resume", "@last", "-p", "/unknown thing").stdout == b"As it is.\n"
    replays(world)


def test_what_a_repository_brings_is_trusted_by_digest(world: World, terminal: Start) -> None:
    command = world.workspace / ".claude/commands/look.md"
    write(command, "---\nallowed-tools: Bash(./look:*)\n---\nIt says: !`./look`\n")
    write(world.workspace / "look", "#!/bin/sh\necho looked >>seen; echo looked\n")
    (world.workspace / "look").chmod(0o755)
    # A rule that asks is asked about, whatever a file allows.
    write(world.workspace / ".claude/commands/ask.md", "---\nallowed-tools: Bash(./ask:*)\n---\nIt says: !`./ask`\n")
    write(world.home / ".claude/settings.json", '{"permissions": {"ask": ["Bash(./ask:*)"]}}')
    asked = "It says: Nobody could be asked"
    world.serve({**text("One."), "expect": [asked]})
    done = world.run("-p", "/look")
    assert done.stdout == b"One.\n", told(done)
    assert "not trusted" in told(done)
    assert not (world.workspace / "seen").exists()
    assert b"not trusted with what it wants" in world.run("skills", "--json").stdout
    opened = terminal()
    opened.wait("/look: without asking Bash(./look:*)", "/ask: without asking", "Press a key")
    opened.press("y")
    ready(opened)
    opened.enter("/quit")
    opened.exit_code()
    assert world.run("-p", "/ask").stdout == b"One.\n"
    assert of(world, "permission.evaluated")[-1]["verdict"] == "ask"
    world.serve({**text("Two."), "expect": ["It says: looked"]})
    done = world.run("-p", "/look")
    assert done.stdout == b"Two.\n", told(done)
    assert (world.workspace / "seen").exists()
    replays(world)
    assert b"not trusted" not in world.run("skills", "--json").stdout
    # What has changed since then is text again, and no more.
    (world.workspace / "seen").unlink()
    write(command, "---\nallowed-tools: Bash(./look:*)\n---\nNow it says: !`./look`\n")
    world.serve({**text("Three."), "expect": [f"Now {asked[0].lower()}{asked[1:]}"]})
    done = world.run("-p", "/look")
    assert done.stdout == b"Three.\n", told(done)
    assert "has changed since this folder was trusted" in told(done)
    assert not (world.workspace / "seen").exists()
    replays(world)


def test_in_the_terminal_with_completion_and_beside_claw_s_own(world: World, terminal: Start) -> None:
    write(
        world.home / ".claude/commands/ship.md", "---\ndescription: Ships it\nargument-hint: WHERE\n---\nShip to $1.\n"
    )
    write(world.home / ".claude/commands/help.md", "Not this.\n")
    write(world.home / ".claude/commands/ask.md", "Say !`./ask`.\n")
    write(world.workspace / "ask", "#!/bin/sh\necho asked\n")
    (world.workspace / "ask").chmod(0o755)
    world.serve(
        {**text("Shipped."), "expect": ["Ship to Mars."]},
        {**text("Said."), "expect": ["Say asked."]},
    )
    opened = ready(terminal())
    opened.wait("~/.claude/commands/help.md:1: left out: /help is claw's own command.")
    opened.type("/shi")
    opened.wait("/ship", "WHERE Ships it")
    opened.press("Escape")
    opened.press("C-u")
    opened.enter("/ship Mars")
    opened.wait("● Shipped.")
    opened.wait("> /ship Mars")
    opened.wait_idle()
    opened.enter("/ask")
    answer(opened, "Yes, this once")
    opened.wait("● Said.")
    opened.wait_idle()
    opened.enter("/skills")
    opened.wait("/ship WHERE", "Ships it (~/.claude/commands/ship.md", "left out: /help is claw's own command")
    opened.enter("/nothing here")
    opened.wait("there is no command /nothing")
    opened.enter("/quit")
    opened.exit_code()
    replays(world)


def test_files_that_cannot_be_meant(world: World) -> None:
    commands = world.workspace / ".claude/commands"
    write(commands / "good.md", "Good.\n")
    write(commands / "broken.md", "---\ndescription: [never\nends\n")
    write(commands / "odd\x1b[31m.md", "Odd.\n")
    write(commands / "two words.md", "Two.\n")
    (commands / "binary.md").write_bytes(b"a\0b")
    (commands / "latin.md").write_bytes(b"caf\xe9")
    with (commands / "huge.md").open("wb") as file:
        file.truncate(10 * 1024 * 1024)
    (commands / "around").symlink_to(commands)
    outside = world.root / "outside.md"
    outside.write_text("Outside.\n")
    (commands / "outside.md").symlink_to(outside)
    os.mkfifo(commands / "pipe.md")
    write(world.home / ".claude/commands/GOOD.md", "Mine.\n")
    write(world.home / ".claude/commands/help.md", "Mine.\n")
    world.serve({**text("Fine."), "expect": ["Mine."]})
    done = world.run("-p", "/good")
    assert done.stdout == b"Fine.\n", told(done)
    done = world.run("skills", "--json")
    assert done.returncode == 0, told(done)
    listed = done.stdout.decode()
    for words in (
        "broken.md:1: left out: no second line ---",
        "odd?[31m.md:1: left out: 'odd?[31m' cannot be a name",
        "two words.md:1: left out",
        "binary.md:1: left out: it is no text",
        "latin.md:1: left out: it is not UTF-8",
        "huge.md:1: left out: it has 10485760 bytes",
        "outside.md:1: left out: it is a link that leads out of the folder",
        "pipe.md:1: left out",
        ".claude/commands/good.md:1: left out: ~/.claude/commands/GOOD.md has the name good, too",
    ):
        assert words in listed, listed
    assert "\x1b" not in listed
    done = world.run("-p", "/help")
    assert done.returncode == 2
    assert "~/.claude/commands/help.md cannot stand in for it" in told(done)


@pytest.mark.parametrize(
    ("body", "words", "parts", "items"),
    [
        ("Plain.", "", ("Plain.",), []),
        ("Plain.", "a b", ("Plain.\n\nARGUMENTS: a b",), []),
        ("$1-$2-$3", "a 'b c'", ("a-b c-",), []),
        ("$0-$1", "a b", ("a-b",), []),
        ("$ARGUMENTS[0] $ARGUMENTS[1] $10 ${CLAUDE_SKILL_DIR}", "a b", ("a b $10 /skill",), []),
        # What is typed names no command and no file.
        ("Do $ARGUMENTS", "!`rm x` @a", ("Do !`rm x` @a",), []),
        ("Run !`echo $1` now", "a", ("Run ", " now"), ["echo a"]),
        ("Not`!`this` but !`that`", "", ("Not`!`this` but ", ""), ["that"]),
        ("```!\nls\npwd\n```\nEnd", "", ("", "\nEnd"), ["ls\npwd"]),
        ("Unclosed ' $1", "it's", ("Unclosed ' it's",), []),
        ("See @a and @a, not x@a", "", ("See @a and @a, not x@a\n\nContents of a:\n", ""), ["a"]),
    ],
)
def test_what_a_text_stands_for(body: str, words: str, parts: tuple[str, ...], items: list[str]) -> None:
    found = expanded(body, words, "/skill", "s", exists=lambda path: path == "a")
    assert (found[0], [item.text for item in found[1]]) == (parts, items)
