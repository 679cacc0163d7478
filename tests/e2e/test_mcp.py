"""MCP servers in a session: real processes by their real transports, judged, recorded, replayed without them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.live.tmux import Terminal, ready
from tests.cli.live.world import World, text, told, tool

PLAIN = Path(__file__).parent.parent / "mcp/servers/plain.py"


def configure(world: World, **servers: dict[str, Any]) -> None:
    (world.home / ".claude.json").write_text(json.dumps({"mcpServers": servers}))


def plain(*arguments: str, **more: Any) -> dict[str, Any]:
    return {"command": sys.executable, "args": [str(PLAIN), *arguments], **more}


def of(world: World, kind: str) -> list[dict[str, Any]]:
    return [event["data"] for event in world.events() if event["kind"] == kind]


def results(world: World) -> list[str]:
    return [one["content"][0]["text"] for one in of(world, "tool.finished")]


def test_a_server_is_connected_asked_and_replayed_without_it(world: World) -> None:
    configure(world, sums=plain())
    world.serve(
        tool("mcp__sums__add", {"a": 2, "b": 3}),
        tool("mcp__sums__fail", {}),
        tool("mcp__sums__steps", {}),
        text("5"),
    )
    done = world.run("-p", "--allowed-tools", "mcp__sums", "Add 2 and 3")
    assert (done.returncode, done.stdout) == (0, b"5\n"), told(done)
    assert results(world)[0] == "5"
    (connected,) = of(world, "mcp.connected")
    assert of(world, "mcp.told") == [
        {
            "servers": ["sums"],
            "text": "What the MCP server sums says of its tools (it speaks of nothing else):\nAsk `add` for sums.",
        }
    ]
    assert (connected["server"], connected["title"], connected["release"]) == ("sums", "plain", "1.2")
    assert [one.get("is_error", False) for one in of(world, "tool.finished")] == [False, True, False]
    assert "step 2" in "".join(one["text"] for one in of(world, "tool.output"))
    kinds = world.kinds()
    assert kinds.index("mcp.connect_requested") < kinds.index("mcp.connected") < kinds.index("model.requested")
    assert of(world, "mcp.disconnected")[-1]["reason"] == "session_end"
    (world.home / ".claude.json").unlink()
    replayed = world.run("replay", "@last")
    assert replayed.returncode == 0, replayed.stdout + replayed.stderr


def test_what_a_server_gives_is_read_as_blocks_and_what_it_may_reach_is_bounded(world: World) -> None:
    configure(world, one=plain(env={"KEPT": "${GIVEN:-usual}", "NAMED": "${NAMED}"}))
    world.environ |= {"NAMED": "by its name", "SECRET_TOKEN": "not for servers"}
    world.serve(
        tool("mcp__one__picture", {}),
        tool("mcp__one__environment", {"name": "KEPT"}),
        tool("mcp__one__environment", {"name": "NAMED"}),
        tool("mcp__one__environment", {"name": "SECRET_TOKEN"}),
        tool("mcp__one__environment", {"name": "ANTHROPIC_API_KEY"}),
        tool("mcp__one__write", {"path": str(world.home / "elsewhere")}),
        tool("mcp__one__write", {"path": str(world.workspace / "here")}),
        tool("mcp__one__write", {"path": str(world.workspace / ".mcp.json")}),
        text("done"),
    )
    done = world.run("-p", "--allowed-tools", "mcp__one", "Try")
    assert done.returncode == 0, told(done)
    first, *others = of(world, "tool.finished")
    assert first["content"][0]["type"] == "image"
    said = [one["content"][0]["text"] for one in others]
    assert said[:4] == ["usual", "by its name", "not set", "not set"]
    assert not (world.home / "elsewhere").exists()
    assert (world.workspace / "here").read_text() == "written by a server"
    assert not (world.workspace / ".mcp.json").exists()


def test_a_server_that_dies_costs_its_call_and_returns(world: World) -> None:
    configure(world, one=plain(), two=plain())
    world.serve(
        tool("mcp__one__leave", {}),
        tool("mcp__two__add", {"a": 1, "b": 1}),
        tool("Bash", {"command": "sleep 4"}),
        tool("mcp__one__add", {"a": 1, "b": 2}),
        text("3"),
    )
    done = world.run("-p", "--allowed-tools", "mcp__one,mcp__two,Bash(sleep:*)", "Try")
    assert done.returncode == 0, told(done)
    leave, add, _, again = of(world, "tool.finished")
    assert leave["is_error"]
    assert (add["content"][0]["text"], again["content"][0]["text"]) == ("2", "3")
    parted = next(one for one in of(world, "mcp.disconnected") if one["server"] == "one")
    assert parted["reason"] == "closed"
    assert "exit status 3" in parted["message"]
    assert world.run("replay", "@last").returncode == 0


def test_a_repository_s_server_waits_for_trust_and_what_changed_is_asked_again(world: World) -> None:
    file = world.workspace / ".mcp.json"
    file.write_text(json.dumps({"mcpServers": {"theirs": plain()}}))
    world.serve(text("none"))
    done = world.run("-p", "Try")
    assert "MCP server theirs" in told(done)
    assert "is not trusted" in told(done)
    assert "mcp.configured" not in world.kinds()
    world.serve(tool("mcp__theirs__add", {"a": 1, "b": 1}), text("two"))
    trusted = world.run("-p", "--trust", "--allowed-tools", "mcp__theirs", "Try")
    assert trusted.stdout == b"two\n", told(trusted)
    assert results(world) == ["2"]


def test_a_server_nobody_can_start_is_said_and_stops_nothing(world: World) -> None:
    configure(
        world,
        gone={"command": "/nowhere/server"},
        unset=plain(env={"TOKEN": "${NOT_SET_HERE}"}),
        wrong={"url": "ftp://example.com"},
        silent={"command": "sleep", "args": ["1000"], "startup_timeout_sec": 1},
    )
    world.serve(text("hello"))
    done = world.run("-p", "Hello")
    assert (done.returncode, done.stdout) == (0, b"hello\n"), told(done)
    assert "wrong" in told(done)
    said = {one["server"]: one["message"] for one in of(world, "mcp.disconnected") if one["reason"] == "failed"}
    assert "NOT_SET_HERE" in said["unset"]
    assert "127" in said["gone"] or "not found" in said["gone"] or "No such file" in said["gone"]
    assert "1 s" in said["silent"]


def test_what_a_server_offered_the_last_time_is_offered_at_once(world: World) -> None:
    configure(world, one=plain())
    world.serve(text("first"))
    world.run("-p", "Hello")
    world.serve(tool("mcp__one__add", {"a": 1, "b": 1}), text("second"))
    done = world.run("-p", "--allowed-tools", "mcp__one", "Hello again")
    assert done.stdout == b"second\n", told(done)
    kinds = world.kinds()
    assert kinds.index("tools.changed") < kinds.index("mcp.configured")
    assert "timer.set" not in kinds
    assert results(world) == ["2"]


# --- servers that do wrong --------------------------------------------------------------------------------------------

RAW = Path(__file__).parent.parent / "mcp/servers/raw.py"


def raw(what: str = "", **more: Any) -> dict[str, Any]:
    return {"command": sys.executable, "args": [str(RAW), what], **more}


def test_a_tool_that_is_declared_otherwise_by_now_is_asked_about_again_also_in_the_next_session(world: World) -> None:
    configure(world, one=raw())
    world.serve(tool("mcp__one__work", {}), tool("mcp__one__turn", {}), text("turned"))
    world.run("-p", "--allowed-tools", "mcp__one", "Work")
    assert results(world) == ["worked", "turned"]
    configure(world, one=raw("turned"))
    # Its settings are others, so nobody knows it: what the rule allows is what it says now.
    world.serve(tool("mcp__one__work", {}), tool("mcp__one__turn", {}), text("turned"))
    world.run("-p", "--allowed-tools", "mcp__one", "Work")
    assert results(world) == ["worked", "turned"]


def test_a_server_that_turns_is_found_out(world: World) -> None:
    configure(world, one=raw())
    world.serve(tool("mcp__one__work", {}), text("first"))
    world.run("-p", "--allowed-tools", "mcp__one", "Work")
    # The same settings, and another server behind them.
    changed = world.root / "raw.py"
    changed.write_text(RAW.read_text().replace('"description": "Works."', '"description": "Works for somebody else."'))
    kept = world.root / "server.py"
    kept.write_text(RAW.read_text())
    configure(world, two={"command": sys.executable, "args": [str(kept)]})
    world.serve(tool("mcp__two__work", {}), text("first"))
    world.run("-p", "--allowed-tools", "mcp__two", "Work")
    kept.write_text(changed.read_text())
    for _ in range(2):
        world.serve(tool("Bash", {"command": "sleep 5"}), text("wait"), tool("mcp__two__work", {}), text("second"))
        lines = "\n".join(
            json.dumps({"type": "user", "message": {"role": "user", "content": said}}) for said in ("Wait", "Work")
        )
        done = world.run(
            *(
                "-p",
                "--allowed-tools",
                "mcp__two,Bash(sleep:*)",
                "--input-format",
                "stream-json",
                "--output-format",
                "stream-json",
            ),
            *("--verbose",),
            stdin=lines + "\n",
        )
        assert done.returncode == 3, told(done)
        asked = [one for one in of(world, "permission.evaluated") if one["verdict"] == "ask"]
        assert "Works for somebody else" in asked[-1]["reason"], world.kinds()
        assert len(of(world, "tool.finished")) == 1


def test_what_the_person_has_allowed_of_a_tool_that_turned_is_known_from_then_on(
    world: World, terminal: Callable[..., Terminal]
) -> None:
    server = world.root / "server.py"
    server.write_text(RAW.read_text())
    configure(world, one={"command": sys.executable, "args": [str(server)]})
    world.serve(tool("mcp__one__work", {}), text("first"))
    world.run("-p", "--allowed-tools", "mcp__one", "Work")
    server.write_text(RAW.read_text().replace('"description": "Works."', '"description": "Works for others."'))
    work = [tool("Bash", {"command": "sleep 5"}), tool("mcp__one__work", {}), text("second")]
    world.serve(*work)
    opened = ready(terminal("--allowed-tools", "mcp__one,Bash(sleep:*)"))
    opened.enter("Work")
    opened.wait("Works for others", "Press a key")
    opened.press("y")
    opened.wait("● second")
    opened.wait_idle()
    opened.enter("/quit")
    assert opened.exit_code() == 0
    world.serve(*work)
    done = world.run("-p", "--allowed-tools", "mcp__one,Bash(sleep:*)", "Work")
    assert (done.returncode, done.stdout) == (0, b"second\n"), told(done)
    assert "ask" not in [one["verdict"] for one in of(world, "permission.evaluated")]


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("twice", "once"),
        ("other", "for you"),
        ("broken", "after half a line"),
        ("prints", "after a print"),
        ("late", "late"),
        ("odd", "protocol"),
        ("drops", "closed"),
        ("never", "timed out"),
    ],
)
def test_a_server_that_does_wrong_costs_its_own_call_alone(world: World, what: str, said: str) -> None:
    configure(world, bad=raw(what, tool_timeout_sec=6), good=plain())
    world.serve(tool("mcp__bad__work", {}), tool("mcp__good__add", {"a": 1, "b": 1}), text("done"))
    done = world.run("-p", "--allowed-tools", "mcp__bad,mcp__good", "Work")
    assert (done.returncode, done.stdout) == (0, b"done\n"), told(done)
    bad, good = results(world)
    assert said in bad
    assert good == "2"
    assert world.run("verify", "@last").returncode == 0


def test_what_is_huge_is_cut_and_what_is_hostile_is_made_harmless(world: World) -> None:
    configure(world, huge=raw("huge"), hostile=raw("hostile"), exits=raw("exits"), wrong=raw("wrong"))
    world.serve(tool("mcp__huge__work", {}), tool("mcp__hostile__Bash", {}), text("done"))
    done = world.run("-p", "--allowed-tools", "mcp__huge,mcp__hostile", "Work")
    assert (done.returncode, done.stdout) == (0, b"done\n"), told(done)
    huge, hostile = of(world, "tool.finished")
    assert "closed" in huge["content"][0]["text"]
    assert hostile["content"][0]["text"] == "worked"
    offers = {one["server"]: one for one in of(world, "mcp.offered")}
    assert len(offers["hostile"]["left_out"]) == 2
    declared = next(one for one in of(world, "tools.changed") if one["source"] == "mcp:hostile")
    assert {one["name"] for one in declared["tools"]} == {"mcp__hostile__Bash", "mcp__hostile_____x"}
    assert all(len(one["description"]) < 3_000 and one["description"].isprintable() for one in declared["tools"])
    exits = [one for one in of(world, "mcp.disconnected") if one["server"] == "exits"]
    assert "no licence found" in exits[0]["message"]
    wrong = [one for one in of(world, "mcp.disconnected") if one["server"] == "wrong"]
    assert "protocol" in wrong[0]["message"]


def test_ten_thousand_tools_are_found_and_not_told(world: World) -> None:
    configure(world, many=raw("many"))
    world.serve(
        tool("ToolSearch", {"query": "select:mcp__many__tool_7"}),
        tool("mcp__many__tool_7", {}),
        text("done"),
    )
    done = world.run("-p", "--allowed-tools", "mcp__many", "Work")
    assert (done.returncode, done.stdout) == (0, b"done\n"), told(done)
    assert results(world)[-1] == "worked"
    (first, *_) = of(world, "model.finished")
    assert first["usage"]["input"] < 20_000


def test_slash_mcp_and_claw_mcp_list_the_servers(world: World, terminal: Callable[..., Terminal]) -> None:
    configure(world, one=plain(), bad=raw("exits"))
    (world.workspace / ".mcp.json").write_text(json.dumps({"mcpServers": {"theirs": plain()}}))
    listed = world.run("mcp", "list")
    assert listed.returncode == 0, told(listed)
    assert "not trusted" in listed.stdout.decode()
    rows = json.loads(world.run("mcp", "list", "--json").stdout)["servers"]
    assert [(row["name"], row["used"]) for row in rows] == [("one", "yes"), ("bad", "yes"), ("theirs", "not trusted")]
    world.serve(text("hello"))
    opened = terminal()
    opened.wait("Trust just this?", "Press a key")
    opened.press("n")
    ready(opened)
    opened.enter("Hello")
    opened.wait("● hello")
    opened.enter("/mcp")
    opened.wait("8 tools", "no licence found")
    opened.enter("/mcp one")
    opened.wait("mcp__one__add", "notes://today", "plain 1.2")
    opened.enter("/mcp none")
    opened.wait("there is no MCP server none")
    opened.enter("/quit")
    opened.exit_code()
