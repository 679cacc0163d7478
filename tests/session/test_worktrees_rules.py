"""An agent in a worktree may no more than its parent, and nothing of the repository runs."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.live.world import World, told, tool
from tests.cli.live.world import text as says
from tests.session.isolated import (
    FREE,
    alone,
    bash,
    call,
    git,
    repository,
    results,
)
from tests.session.test_agents import of, reply, thread, whole


def test_nothing_of_the_repository_runs(world: World) -> None:
    """Neither hooks nor filters nor a monitor of files nor a program that signs; what the agent adds to it does not
    either.
    """
    repository(world, **{".gitattributes": "*.none filter=odd diff=odd\n"})
    mark = world.root / "ran"
    script = world.root / "evil"
    script.write_text(f"#!/bin/sh\necho $0 $* >> {mark}\ncat\n")
    script.chmod(0o755)
    hooks = world.workspace / ".git" / "hooks"
    names = ("post-checkout", "pre-commit", "commit-msg", "post-commit", "reference-transaction", "post-index-change")
    for name in names:
        (hooks / name).write_text(script.read_text())
        (hooks / name).chmod(0o755)
    for key in ("core.fsmonitor", "filter.odd.smudge", "filter.odd.clean", "filter.odd.process", "diff.odd.textconv"):
        git(world.workspace, "config", key, str(script))
    for key in ("core.pager", "core.editor", "gpg.program", "diff.external", "core.sshCommand", "diff.odd.command"):
        git(world.workspace, "config", key, str(script))
    for key in ("commit.gpgSign", "filter.odd.required", "submodule.recurse"):
        git(world.workspace, "config", key, "true")
    mark.unlink(missing_ok=True)
    world.serve(
        reply(alone("write", "Write it")),
        says("done", expect=["new.none goes through the filter odd", "claw runs none", "stays where it is"]),
        threads=[thread("Write it", bash("echo new > new.none; echo x > a.txt"), says("cannot"))],
    )
    done = world.run("-p", "go", "--permission-mode", "bypassPermissions")
    assert done.returncode == 0, told(done)
    events = whole(world)
    assert not mark.exists(), mark.read_text()
    (closed,) = of(events, "worktree.closed")
    assert "branches" not in closed
    assert Path(closed["kept"], "new.none").read_text() == "new\n"


RULES = (
    "Read(//{work}/secret/**)",
    "Read(./hidden.txt)",
    "Edit(/kept/**)",
    "Read(//**/deep/*.key)",
    "Edit(//**/work/u?.txt)",
)


def with_secrets(world: World, *calls: dict[str, Any]) -> None:
    """A repository with what the rules speak of, and an agent in a worktree of its own that makes these calls."""
    (world.workspace / "secret").mkdir()
    (world.workspace / "kept").mkdir()
    (world.workspace / "deep").mkdir()
    files = {name: "topsecret\n" for name in ("secret/x", "hidden.txt", "kept/k", "deep/a.key", "up.txt")}
    repository(world, **files)
    world.serve(reply(alone("try", "Try it")), says("done"), threads=[thread("Try it", reply(*calls), says("I tried"))])


def test_rules_hold_in_the_worktree_and_where_it_was_made(world: World) -> None:
    """For the same places relative to the workspace, whether the rule is relative or absolute, for tools and commands;
    and the agent, for whom the session's workspace is elsewhere by now, comes to nothing there that its parent may not.
    """
    work = world.workspace
    rules = ",".join(rule.format(work=str(work).lstrip("/")) for rule in RULES)
    denied = [
        call("Read", file_path="secret/x"),
        call("Read", file_path="hidden.txt"),
        call("Write", file_path="kept/k", content="x"),
        call("Read", file_path="deep/a.key"),
        call("Write", file_path="up.txt", content="x"),
        call("Read", file_path=f"{work}/secret/x"),
        call("Read", file_path=f"{work}/hidden.txt"),
        call("Write", file_path=f"{work}/kept/new", content="x"),
        call("Bash", command="cat secret/x"),
        call("Bash", command="cat hidden.txt"),
        call("Bash", command=f"cat {work}/hidden.txt"),
    ]
    searched = [call("Grep", pattern="topsecret"), call("Grep", pattern="topsecret", path=str(work))]
    with_secrets(world, *denied, *searched)
    done = world.run("-p", "go", "--permission-mode", "bypassPermissions", "--disallowed-tools", rules)
    assert done.returncode == 0, told(done)
    said = results(world, 1)
    assert [one for one in said[: len(denied)] if not one.startswith("deny: ")] == []
    for found in said[len(denied) :]:
        assert not {"secret/x", "hidden.txt", "a.key"} & {line.split("/")[-1] for line in found.split("\n")}, found
        assert "up.txt" in found


SHOW = "import glob, os; [print(open(p).read(), p) for p in glob.glob('**', recursive=True) if os.path.isfile(p)]"


CHANGE = "open('kept/k', 'w').write('x')"


def test_confined_commands_see_nothing_that_rules_hide(world: World) -> None:
    work = world.workspace
    rules = ",".join(rule.format(work=str(work).lstrip("/")) for rule in RULES)
    with_secrets(world, call("Bash", command=f"python3 -c {SHOW!r}"), call("Bash", command=f"python3 -c {CHANGE!r}"))
    done = world.run("-p", "go", *FREE, "--disallowed-tools", rules)
    assert done.returncode == 0, told(done)
    said = results(world, 1)
    assert said[0].count("topsecret") == 2, said
    assert "kept/k" in said[0]
    assert "up.txt" in said[0]
    assert "Read-only file system" in said[1]


def test_the_session_s_workspace_is_elsewhere(world: World) -> None:
    """Headless nobody can allow it; a command that is allowed cannot write there."""
    repository(world)
    work = world.workspace
    world.serve(
        reply(alone("try", "Try it")),
        says("done"),
        threads=[
            thread(
                "Try it",
                reply(
                    call("Write", file_path=f"{work}/mine.txt", content="x"),
                    call("Bash", command=f"touch {work}/mine2.txt"),
                    call("Bash", command=f"python3 -c \"open('{work}/mine3.txt', 'w')\""),
                    call("Write", file_path=".mcp.json", content="{}"),
                    call("Write", file_path=".git", content="gitdir: /tmp"),
                    call("Write", file_path=".claude/settings.json", content="{}"),
                    call("Bash", command="git config core.pager 'touch x'"),
                    call("Bash", command="python3 -c \"open('.mcp.json', 'w')\"; ls -a"),
                    call("Write", file_path="good.txt", content="x"),
                ),
                says("I tried"),
            )
        ],
    )
    done = world.run("-p", "go", "--permission-mode", "acceptEdits", "--allowed-tools", "Bash(python3:*)")
    assert done.returncode == 3, told(done)
    said = results(world, 1)
    assert not [name for name in os.listdir(work) if name.startswith("mine")]
    assert [one.split(":")[0] for one in said[:2]] == ["ask", "ask"], said
    assert [one.split(":")[0] for one in said[3:7]] == ["ask"] * 4, said
    assert "claw set aside what the command made: .mcp.json" in said[7]
    assert said[8].startswith("Created good.txt")
    (closed,) = of(whole(world), "worktree.closed")
    assert "good.txt" in closed["stat"]


def test_hooks_run_where_the_agent_works(world: World) -> None:
    """With its workspace in their input; one whose script is another one there does not run, and its calls are asked
    about.
    """
    (world.home / ".claude").mkdir()
    log = world.home / "hooks.log"
    script = world.workspace / "check.sh"
    script.write_text(f"cat >> {log}; echo $PWD $CLAUDE_PROJECT_DIR >> {log}\n")
    hook = {"matcher": "Write", "hooks": [{"type": "command", "command": 'sh "$CLAUDE_PROJECT_DIR"/check.sh'}]}
    (world.home / ".claude" / "settings.json").write_text(json.dumps({"hooks": {"PreToolUse": [hook]}}))
    repository(world)
    write = tool("Write", {"file_path": "x.txt", "content": "x"})
    world.serve(
        reply(alone("write", "Write it")),
        says("done"),
        threads=[thread("Write it", write, bash("echo '# new' >> check.sh"), write, says("written"))],
    )
    done = world.run("-p", "go", *FREE)
    assert done.returncode == 3, told(done)
    events = whole(world)
    (made,) = of(events, "worktree.made")
    place = made["worktree"]["workspace"]
    said = log.read_text()
    assert f"{place} {place}\n" in said
    assert f'"cwd": "{place}"' in said
    assert said.count("PreToolUse") == 1
    first, second = of(events, "hook.finished")
    assert first["outcome"] == "answered"
    assert "what it runs has changed since it was trusted" in second["reason"]


@pytest.fixture
def in_sight() -> Iterator[World]:
    """A world whose folders commands see, but for what rules hide."""
    if not os.access("/opt", os.W_OK):
        pytest.skip("no folder here that commands see and that this user can write to")
    with tempfile.TemporaryDirectory(dir="/opt") as folder:
        made = World(Path(folder))
        made.environ["XDG_STATE_HOME"] = str(Path(folder) / "state")
        yield made
        made.close()


PRINT = """
import glob, os
for p in sorted(glob.glob('{0}/*') + glob.glob('{0}/secret/*')):
  if os.path.isfile(p):
    try: print(open(p).read())
    except OSError: print('hidden')
"""


def test_neither_sees_in_the_other_s_work_tree_what_rules_hide(in_sight: World) -> None:
    """Not by a command, nor by a search; what no rule names they may read."""
    world = in_sight
    (world.workspace / "secret").mkdir()
    repository(world, **{"secret/x": "topsecret\n"})
    copies = f"{world.root}/state/claw/worktrees"
    world.serve(
        reply(alone("look", "Look there", run_in_background=True)),
        reply(
            call(
                "Bash", command=f'until [ -e /tmp/at ]; do sleep 0.02; done; python3 -c "{PRINT.format(copies + "/*")}"'
            ),
            call("Bash", command=f"cat {copies}/*/secret/x"),
            call("Grep", pattern="topse[c]ret", path=copies),
            call("Bash", command="touch /tmp/looked"),
        ),
        says("I wait", refuse=["topsecret"]),
        says("done"),
        threads=[
            thread(
                "Look there",
                bash(f'python3 -c "{PRINT.format(world.workspace)}"; touch /tmp/at'),
                bash("until [ -e /tmp/looked ]; do sleep 0.02; done", refuse=["topsecret"], expect=["alpha"]),
                says("so"),
            )
        ],
    )
    done = world.run("-p", "go", *FREE, "--disallowed-tools", "Read(./secret/**)")
    assert done.returncode in (0, 3), told(done)
    said = str([event["data"]["content"] for event in whole(world) if event["kind"] == "tool.finished"])
    assert "topsecret" not in said
