"""`claw permissions check` and `explain`: the verdict a session would get, without one."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.live.world import CLAW, World, told


def answers(done: subprocess.CompletedProcess[bytes]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def bash(command: str, **more: Any) -> str:
    return json.dumps({"tool": "Bash", "input": {"command": command}, **more})


@pytest.mark.parametrize(
    ("call", "verdict", "code"),
    [("git push", "deny", 3), ("make", "ask", 3), ('{"tool": "Read", "input": {"file_path": "x"}}', "allow", 0)],
)
def test_the_exit_code_of_one_call(
    world: World, write: Callable[..., Path], call: str, verdict: str, code: int
) -> None:
    write("user", permissions={"deny": ["Bash(git push:*)"]})
    done = world.run("permissions", "check", call)
    assert (done.returncode, done.stdout.split(b":")[0].decode()) == (code, verdict), told(done)
    one = world.run("permissions", "check", "--json", call)
    assert (one.returncode, answers(one)[0]["verdict"]) == (code, verdict)


def test_many_calls_in_order(world: World, write: Callable[..., Path]) -> None:
    write("user", permissions={"deny": ["Bash(git push:*)"]})
    calls = [
        bash("git push origin"),
        "",
        '{"tool": "Read", "input": {"file_path": "a"}}',
        '{"tool": "Write", "input": {"file_path": "a", "content": ""}, "mode": "acceptEdits"}',
        '{"tool": "Write", "input": {"file_path": "a", "content": ""}}',
        '{"tool": "Read", "input": {"file_path": "/etc/passwd"}}',
        '{"tool": "mcp__a__b"}',
    ]
    done = world.run("permissions", "check", "--json", stdin="\n".join(calls))
    assert done.returncode == 0, told(done)
    verdicts = ["deny", "allow", "allow", "ask", "ask", "ask"]
    assert [answer["verdict"] for answer in answers(done)] == verdicts
    assert answers(done)[0]["source"] == "~/.claude/settings.json:4"
    assert answers(done)[4]["paths"][0]["canonical"] == "/etc/passwd"


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("nope", "malformed"),
        ('{"input": {}}', "tool"),
        ('{"tool": "Bash", "input": []}', "input"),
        ('{"tool": "Bash", "input": {}}', "command"),
        ('{"tool": "Read", "input": {"file_path": ""}}', "empty"),
        (bash("ls", mode="yolo"), "yolo"),
        (bash("ls", cwd="nowhere"), "nowhere"),
    ],
)
def test_a_line_that_is_no_call_is_answered_and_the_others_too(world: World, line: str, wrong: str) -> None:
    read = '{"tool": "Read", "input": {"file_path": "a"}}'
    done = world.run("permissions", "check", "--json", stdin=f"{read}\n{line}\n{read}\n")
    assert done.returncode == 2
    first, second, third = answers(done)
    assert (first["verdict"], third["verdict"]) == ("allow", "allow")
    assert wrong in second["error"]
    assert set(second) == {"error"}


def test_the_folder_of_a_call_brings_its_own_settings(world: World) -> None:
    for name in ("strict", "free"):
        (world.workspace / name / ".claude").mkdir(parents=True)
    (world.workspace / "strict/.claude/settings.json").write_text('{"permissions": {"deny": ["Read(./x)"]}}')
    read = {"tool": "Read", "input": {"file_path": "x"}}
    folders = ["strict", "free", str(world.workspace / "strict"), None]
    lines = [json.dumps({**read, "cwd": folder}) for folder in folders]
    done = world.run("permissions", "check", "--json", stdin="\n".join(lines))
    assert [answer["verdict"] for answer in answers(done)] == ["deny", "allow", "deny", "allow"]


def test_an_answer_comes_before_the_next_question_and_the_disk_is_looked_at_anew(world: World) -> None:
    process = subprocess.Popen(
        [CLAW, "permissions", "check", "--json"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=world.workspace,
        env=world.environ,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process:
        verdicts = []
        for target in ("inside", "/etc/passwd"):
            link = world.workspace / "link"
            link.unlink(missing_ok=True)
            link.symlink_to(target)
            process.stdin.write(b'{"tool": "Read", "input": {"file_path": "link"}}\n')
            process.stdin.flush()
            verdicts.append(json.loads(process.stdout.readline())["verdict"])
        process.stdin.close()
    assert verdicts == ["allow", "ask"]
    assert process.returncode == 0


def test_without_a_call_it_says_what_to_type(world: World) -> None:
    done = world.run("permissions", "check")
    assert (done.returncode, done.stdout) == (2, b"")
    assert "--json" in told(done)


# --- explain ----------------------------------------------------------------------------------------------------------


def test_explain_names_the_rule_and_its_line(world: World, write: Callable[..., Path]) -> None:
    write("user", permissions={"deny": ["Bash(git push:*)"]})
    done = world.run("permissions", "explain", "git push origin")
    assert done.returncode == 0, told(done)
    lines = done.stdout.decode().splitlines()
    assert lines[0] == "deny  git push origin"
    assert "  rule Bash(git push:*) from ~/.claude/settings.json:4" in lines


def test_explain_follows_paths(world: World) -> None:
    (world.workspace / "link").symlink_to("/etc/hostname")
    done = world.run(
        "permissions",
        "explain",
        '{ "tool": "Edit", "input": {"file_path": "link", "old_string": "a", "new_string": "b"}}',
    )
    assert done.stdout.startswith(b"ask  /etc/hostname\n"), told(done)
    assert b"  link is /etc/hostname (outside the folder, exists, through a link)\n" in done.stdout


def test_explain_tries_another_mode(world: World) -> None:
    call = '{"tool": "Write", "input": {"file_path": "a", "content": ""}}'
    said = [world.run("permissions", "explain", call, "--mode", mode).stdout.split()[0] for mode in ("plan", "allow")]
    assert said == [b"deny", b"allow"]


def test_explain_shows_what_cannot_be_seen(world: World) -> None:
    done = world.run("permissions", "explain", "echo \u202e\x1b[2J")
    assert "\u202e" not in done.stdout.decode()
    assert b"\x1b" not in done.stdout


def test_a_mode_that_no_session_here_could_have_is_an_error(world: World, write: Callable[..., Path]) -> None:
    write("user", permissions={"disableBypassPermissionsMode": "disable"})
    for words in (["check", "ls", "--mode", "danger-full-access"], ["explain", "ls", "--mode", "bypassPermissions"]):
        done = world.run("permissions", *words)
        assert (done.returncode, done.stdout) == (2, b"")
        assert "~/.claude/settings.json:3 forbids the mode bypassPermissions" in told(done)
    call = b'{"tool": "Bash", "input": {"command": "ls"}, "mode": "bypassPermissions"}\n'
    done = world.run("permissions", "check", "--json", stdin=call)
    assert (done.returncode, "forbids the mode" in done.stdout.decode()) == (2, True)
