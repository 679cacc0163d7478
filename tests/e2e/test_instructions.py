"""Instruction files as people have them: by level, in sub-folders, as rules for some files; what changes is told."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

from claw import log
from claw.cli.offline.request import rebuild
from claw.log import Home
from tests.cli.live.tmux import Terminal
from tests.cli.live.world import World, text, told, tool


def put(folder: Path, name: str, words: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(words)
    return path


def found(world: World) -> list[dict[str, Any]]:
    """What was found, each time that there was anything."""
    events = [event["data"] for event in world.events() if event["kind"] == "context.instructions_found"]
    return [event for event in events if any(event.get(key) for key in ("files", "rules", "gone", "dropped"))]


def paths(event: dict[str, Any]) -> list[str]:
    return [file["path"] for file in event["files"]]


def requests(world: World) -> list[Any]:
    """What the model was sent, each time."""
    path = log.find(Home(world.claw_home), "@last")
    seqs = [event["seq"] for event in world.events() if event["kind"] == "model.requested"]
    return [rebuild(path, seq).plain for seq in seqs]


def grow(sent: list[Any]) -> bool:
    """Whether each request begins with all of the one before it."""
    return all(
        one["system"] == other["system"] and other["messages"][: len(one["messages"])] == one["messages"]
        for one, other in pairwise(sent)
    )


def replays(world: World) -> bool:
    done = world.run("replay", "@last")
    assert done.returncode == 0, done.stdout
    return True


def test_what_a_touched_folder_and_file_bring_comes_behind_the_conversation_and_only_once(world: World) -> None:
    (world.workspace / ".git").mkdir()
    put(world.workspace, "CLAUDE.md", "Root words. @docs/style.md")
    put(world.workspace, "docs/style.md", "Style words.")
    put(world.workspace, "AGENTS.md", "Root words. @docs/style.md  \n\n")
    put(world.workspace, ".claude/rules/always.md", "Always words.")
    put(world.workspace, ".claude/rules/ts.md", '---\npaths: ["src/**/*.ts"]\n---\nTypescript words.')
    put(world.workspace, "app/CLAUDE.md", "App words.")
    put(world.workspace, "app/AGENTS.md", "App words.\n")
    put(world.workspace, "app/deep/AGENTS.md", "Deep words.")
    put(world.workspace, "app/deep/one.py", "1\n")
    put(world.workspace, "app/deep/two.py", "2\n")
    put(world.workspace, "src/a.ts", "let a;\n")
    later = ("Typescript words.", "App words.", "Deep words.")
    world.serve(
        tool("Read", {"file_path": "app/deep/one.py"})
        | {"expect": ["Root words.", "Style words.", "Always words."], "refuse": list(later)},
        tool("Read", {"file_path": "app/deep/two.py"})
        | {
            "expect": ["app/CLAUDE.md (project), for files in app", "Deep words."],
            "refuse": later[:1],
        },
        tool("Grep", {"pattern": "let", "path": "src/a.ts"}),
        text("Done.") | {"expect": ["for files that match src/**/*.ts", *later]},
        text("Again."),
    )
    first = world.run("-p", "look")
    assert (first.returncode, first.stdout, first.stderr) == (0, b"Done.\n", b"")
    start, app, source = found(world)
    assert paths(start) == ["CLAUDE.md", "docs/style.md", ".claude/rules/always.md"]
    assert start["files"][1]["imported_by"] == "CLAUDE.md"
    assert [rule["paths"] for rule in start["rules"]] == [["src/**/*.ts"]]
    assert (paths(app), paths(source)) == (["app/CLAUDE.md", "app/deep/AGENTS.md"], [".claude/rules/ts.md"])
    assert [file["folder"] for file in app["files"]] == ["app", "app/deep"]
    assert grow(requests(world)), "what was sent before is sent again byte for byte, so it is found in the cache"
    assert world.run("-c", "-p", "again").returncode == 0
    assert len(found(world)) == 3, "resumed, and nothing is new"
    assert replays(world)


def test_each_agent_is_told_of_what_it_touches_itself(world: World) -> None:
    (world.workspace / ".git").mkdir()
    put(world.workspace, "AGENTS.md", "Root words.")
    put(world.workspace, "AGENTS.override.md", "Words instead.")
    put(world.workspace, "app/AGENTS.md", "App words.")
    put(world.workspace, "app/one.py", "1\n")
    put(world.home, ".claude/rules/mine.md", "Mine.")
    put(world.home, ".codex/AGENTS.md", "Mine for Codex.")
    task = {"description": "look", "prompt": "Look at app/one.py.", "subagent_type": "explore"}
    world.serve(
        tool("Read", {"file_path": "app/one.py"}),
        tool("Agent", task) | {"expect": ["App words."]},
        text("Done."),
        threads=[
            {
                "when": "Look at app/one.py.",
                "replies": [
                    tool("Read", {"file_path": "app/one.py"})
                    | {
                        "expect": ["Mine.", "Mine for Codex.", "Words instead."],
                        "refuse": ["App words.", "Root words"],
                    },
                    text("It says 1.") | {"expect": ["App words."]},
                ],
            }
        ],
    )
    assert world.run("-p", "go").stdout == b"Done.\n"
    told_of = [
        (event["agent"], paths(event["data"]))
        for event in world.events()
        if event["kind"] == "context.instructions_found" and event["data"].get("files")
    ]
    assert told_of[1:] == [(0, ["app/AGENTS.md"]), (1, ["app/AGENTS.md"])]
    assert replays(world)


def test_bad_files_are_named_and_the_session_goes_on(world: World) -> None:
    (world.workspace / ".git").mkdir()
    huge = put(world.workspace, "CLAUDE.md", f"First words. @a.md @../outside.md @/etc/passwd {'long ' * 2_000_000}")
    put(world.workspace, "a.md", "@b.md")
    put(world.workspace, "b.md", "@a.md @CLAUDE.md Circle words.")
    put(world.root, "outside.md", "CANARY")
    (world.workspace / "AGENTS.md").write_bytes(b"\x89PNG\0\0")
    os.mkfifo(world.workspace / "CLAUDE.local.md")
    put(world.workspace, ".claude/rules/0.md", "---\npaths: {a: b}\n---\nBroken words.")
    for number in range(1, 5_000):
        put(world.workspace, f".claude/rules/{number:04}.md", f"rule {number}")
    put(world.workspace, "app/one.py", "1\n")
    (world.workspace / "app/CLAUDE.md").symlink_to(put(world.root, "other.md", "CANARY"))
    world.serve(
        tool("Read", {"file_path": "app/one.py"})
        | {"expect": ["First words.", "[cut here:", "Circle words.", "Broken words."]},
        text("Done.") | {"refuse": ["CANARY", "root:x:"]},
    )
    done = world.run("-p", "look", CLAW_CONTEXT_WINDOW="1000000")
    assert (done.returncode, done.stdout) == (0, b"Done.\n")
    assert told(done).splitlines() == [
        f"claw: CLAUDE.md has {huge.stat().st_size} bytes; its first 131072 characters count.",
        f"claw: {world.root}/outside.md leads out of {world.workspace}.",
        f"claw: /etc/passwd leads out of {world.workspace}.",
        "claw: 4 more instruction files do not count, or not all of them: see claw log @last -k 'context.*'",
        f"claw: app/CLAUDE.md leads out of {world.workspace}.",
    ]
    listed = world.run("log", "@last", "-k", "context.*", "--json").stdout.decode()
    for said in (
        "AGENTS.md is not text.",
        "CLAUDE.local.md: ",
        "There are 5000 rules in .claude/rules; the first 500 by name count.",
        ".claude/rules/0.md counts for all files: line 2: paths has to be a text",
    ):
        assert said in listed
    assert replays(world)


def test_what_appeared_changed_or_went_away_is_told_with_the_next_input_and_with_nothing_else(
    world: World, terminal: Callable[..., Terminal]
) -> None:
    put(world.workspace, "CLAUDE.md", "First words.")
    put(world.workspace, "CLAUDE.local.md", "Local words.")
    put(world.workspace, ".claude/rules/py.md", "---\npaths: '*.py'\n---\nPython words.")
    world.serve(
        text("One."),
        text("Two.") | {"expect": ["changed since they were told:\\n\\nSecond words.", "New words."]},
        text("Three.") | {"expect": ["not count any more: CLAUDE.local.md"]},
        text("Four.", "") | {"expect": ["Third words."]},
    )
    screen = terminal()
    screen.wait("read CLAUDE.md, CLAUDE.local.md")
    screen.enter("one")
    screen.wait("One.")
    put(world.workspace, "CLAUDE.md", "Second words.")
    put(world.workspace, "AGENTS.md", "New words.")
    put(world.workspace, ".claude/rules/py.md", "---\npaths: '*.pyi'\n---\nPython words.")
    screen.enter("two")
    screen.wait("Two.")
    assert "changed, and read again: CLAUDE.md" in screen.screen()
    (world.workspace / "CLAUDE.local.md").unlink()
    (world.workspace / ".claude/rules/py.md").unlink()
    screen.enter("three")
    screen.wait("Three.")
    screen.enter("/quit")
    assert screen.exit_code() == 0
    put(world.workspace, "CLAUDE.md", "Third words.")
    assert world.run("-c", "-p", "four").stdout == b"Four.\n"
    start, *told_of = found(world)
    assert paths(start) == ["CLAUDE.md", "CLAUDE.local.md"]
    assert [paths(event) for event in told_of] == [["CLAUDE.md", "AGENTS.md"], [], ["CLAUDE.md"]]
    assert told_of[0]["rules"][0]["paths"] == ["*.pyi"]
    assert (told_of[1]["gone"], told_of[1]["dropped"]) == (["CLAUDE.local.md"], [".claude/rules/py.md"])
    assert grow(requests(world))
    assert replays(world)


def test_files_that_the_user_excludes_are_left_out_wherever_they_would_count(world: World) -> None:
    """By pattern or by path, also what others import and what is touched later; no repository excludes any."""
    (world.workspace / ".git").mkdir()
    put(world.workspace, "CLAUDE.md", "Root words. @docs/style.md @docs/kept.md")
    put(world.workspace, "docs/style.md", "Style words.")
    put(world.workspace, "docs/kept.md", "Kept words.")
    put(world.workspace, "CLAUDE.local.md", "Local words.")
    put(world.workspace, "AGENTS.override.md", "Override words.")
    put(world.workspace, "AGENTS.md", "Agents words.")
    put(world.workspace, ".claude/rules/team/one.md", "Team words.")
    put(world.workspace, "app/CLAUDE.md", "App words.")
    put(world.workspace, "app/one.py", "1\n")
    put(world.workspace, ".claude/settings.json", json.dumps({"claudeMdExcludes": ["**/CLAUDE.local.md"]}))
    put(world.home, ".claude/CLAUDE.md", "Home words.")
    excludes = ["**/docs/style.md", f"{world.workspace}/.claude/rules/**", "~/.claude/CLAUDE.md", "AGENTS.override.md"]
    put(world.home, ".claude/settings.json", json.dumps({"claudeMdExcludes": [*excludes, "**/app/*.md", 3, "a[z-a]"]}))
    left_out = ["Style words.", "Team words.", "Home words.", "Override words.", "App words."]
    counts = ["Root words.", "Kept words.", "Local words.", "Agents words."]
    world.serve(
        tool("Read", {"file_path": "app/one.py"}, expect=counts, refuse=left_out),
        text("Done.", expect=counts, refuse=left_out),
        text("Again.", expect=["Style words.", "Team words.", "Home words.", "Override words."]),
    )
    done = world.run("-p", "go")
    assert (done.returncode, done.stdout) == (0, b"Done.\n"), told(done)
    assert "a repository cannot set claudeMdExcludes" in told(done)
    assert told(done).count("is no pattern of instruction files") == 2
    assert replays(world)
    put(world.home, ".claude/settings.json", "{}")
    done = world.run("resume", "@last", "-p", "again")
    assert done.stdout == b"Again.\n", told(done)
    assert replays(world)
