"""`claw permissions backtest`: recorded calls under other rules, from the log alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from claw._native import LogReader, LogWriter, new_session_id
from tests.cli.live.world import World, text, told, tool

CALLS = (
    tool("Read", {"file_path": "a.txt"}),
    tool("Write", {"file_path": "b.txt", "content": "b"}),
    tool("Bash", {"command": "echo c >c.txt"}),
)


@pytest.fixture
def recorded(world: World) -> World:
    """One session: a read, a write that a rule allows, a command that nobody was there to allow."""
    (world.workspace / "a.txt").write_text("a")
    world.serve(*CALLS, text("Done."))
    world.run("-p", "go", "--allowed-tools", "Write")
    return world


def rules(world: World, content: dict[str, Any]) -> str:
    path = world.root / "rules.json"
    path.write_text(json.dumps(content, indent=1))
    return str(path)


def judged(world: World, file: str, *more: str) -> list[tuple[str, str, str, bool]]:
    done = world.run("permissions", "backtest", file, "--json", *(more or ("@last",)))
    assert done.returncode == 0, told(done)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return [(line["tool"], line["was"], line["would"], line["changed"]) for line in lines]


def test_other_rules_judge_the_recorded_calls(recorded: World) -> None:
    file = rules(recorded, {"permissions": {"deny": ["Read"], "allow": ["Bash(echo *)"]}})
    result = {name: (was, would) for name, was, would, _ in judged(recorded, file)}
    assert result["Read"] == ("allow", "deny")
    assert result["Write"] == ("allow", "ask")
    assert result["Bash"][0] == "ask"


def test_the_same_rules_change_nothing(recorded: World) -> None:
    file = rules(recorded, {"permissions": {"allow": ["Write"]}})
    assert [entry[3] for entry in judged(recorded, file)] == [False, False, False]
    done = recorded.run("permissions", "backtest", file, "--all")
    assert done.stdout == b"3 calls: 0 would be judged otherwise, 0 unknown\n"


def test_a_change_is_shown_with_its_rule(recorded: World) -> None:
    file = rules(recorded, {"permissions": {"deny": ["Edit(b.txt)"], "allow": ["Bash(rm:*)"]}})
    lines = recorded.run("permissions", "backtest", file, "@last").stdout.decode().splitlines()
    session = recorded.sessions()[0]
    (line,) = [line for line in lines if "deny" in line]
    seq = next(
        event["seq"]
        for event in recorded.events()
        if event["kind"] == "permission.evaluated" and event["data"].get("part") == "b.txt"
    )
    assert line.startswith(f"{session[:13]}@{seq} ")
    assert "Write(b.txt)" in line
    assert line.endswith(f"Edit(b.txt) ({file}:4)")


def test_a_mode_can_be_tried(recorded: World) -> None:
    file = rules(recorded, {"permissions": {"defaultMode": "plan"}})
    assert [would for _, _, would, _ in judged(recorded, file)] == ["allow", "deny", "deny"]


def test_only_the_log_is_read(recorded: World) -> None:
    file = rules(recorded, {"permissions": {"deny": ["Read(//etc/**)"], "allow": ["Write"]}})
    before = judged(recorded, file)
    (recorded.workspace / "a.txt").unlink()
    (recorded.workspace / "a.txt").symlink_to("/etc/passwd")
    assert judged(recorded, file) == before
    log = Path(recorded.claw_home) / "sessions" / recorded.sessions()[0]
    assert judged(recorded, file, str(log)) == before


def test_what_cannot_be_meant(recorded: World) -> None:
    for arguments in (["r.json"], ["r.json", "@last", "--all"], ["nowhere.json", "@last"]):
        assert recorded.run("permissions", "backtest", *arguments).returncode == 2
    done = recorded.run("permissions", "backtest", rules(recorded, {"permissions": {"deny": ["("]}}), "@last")
    assert done.returncode == 0
    assert "rules.json:4: the deny rule ( cannot be read" in told(done)


def test_what_a_log_does_not_tell_is_unknown(recorded: World) -> None:
    old = without_facts(recorded)
    file = rules(recorded, {"permissions": {"allow": ["Edit", "Bash(echo *)"]}})
    assert {name: would for name, _, would, _ in judged(recorded, file, str(old))}["Bash"] == "unknown"
    assert {name: would for name, _, would, _ in judged(recorded, file)}["Bash"] != "unknown"
    denied = rules(recorded, {"permissions": {"deny": ["Bash(echo *)"]}})
    assert {name: would for name, _, would, _ in judged(recorded, denied, str(old))}["Bash"] == "deny"


def without_facts(world: World) -> Path:
    """The session as an older claw would have recorded it, which looked up no paths of command lines."""
    (source,) = (world.claw_home / "sessions").iterdir()
    copy = world.root / "copy"
    writer = LogWriter.create(str(copy), session=new_session_id(0))
    for _, ts, kind, version, agent, cause, flags, payload in LogReader(str(source)).read():
        fields = msgspec.msgpack.decode(payload)
        if kind == "tool.resolved":
            fields["paths"] = [path for path in fields.get("paths", ()) if path["parameter"] != "command"]
        writer.append_one(kind, version, ts, agent, cause, flags, msgspec.msgpack.encode(fields))
    writer.close()
    return copy
