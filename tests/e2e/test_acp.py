"""An editor in front of claw: what it asks by the Agent Client Protocol, and what it is told."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from claw.cli.acp import asked
from tests.cli.live.world import World, told, tool
from tests.cli.live.world import text as says
from tests.e2e.acp.client import CAPABLE, FOLDER, Editor, check, chooses, said
from tests.e2e.test_mcp import PLAIN

Start = Callable[..., Editor]
EXAMPLES = json.loads((FOLDER / "examples.json").read_text())
READ = {
    "initialize": asked.Initialize,
    "authenticate": asked.Authenticate,
    "session/new": asked.NewSession,
    "session/load": asked.OpenSession,
    "session/resume": asked.OpenSession,
    "session/list": asked.ListSessions,
    "session/close": asked.OfSession,
    "session/prompt": asked.Prompt,
    "session/cancel": asked.OfSession,
    "session/set_mode": asked.SetMode,
    "session/set_config_option": asked.SetOption,
}
SHELL = ("--allowed-tools", "Bash")


def replays(world: World) -> None:
    done = world.run("replay", "@last")
    assert done.returncode == 0, told(done)


def test_what_the_protocol_s_pages_show_is_understood() -> None:
    """Every request that its pages let an editor make, and every answer to a question."""
    messages = [one["message"] for one in EXAMPLES]
    asks = [one for one in messages if one.get("method") in READ]
    assert {one["method"] for one in asks} == READ.keys()
    for one in asks:
        check(one["method"], one["params"], answer=False)
        asked.read(one["params"], READ[one["method"]])
    answers = [one["result"] for one in messages if isinstance(one.get("result"), dict) and "outcome" in one["result"]]
    assert [asked.read(one, asked.Permission).outcome.outcome for one in answers] == ["selected", "cancelled"]


def test_both_sides_say_what_they_can_do(editor: Start) -> None:
    for version in (1, 7, 0):
        told = editor().ask("initialize", protocolVersion=version, clientCapabilities={"terminal": True})
        assert told["protocolVersion"] == 1
    can = told["agentCapabilities"]
    assert can["loadSession"] is True
    assert can["sessionCapabilities"].keys() == {"list", "resume", "close", "fork", "additionalDirectories"}
    assert can["promptCapabilities"]["embeddedContext"] is True
    assert can["promptCapabilities"]["audio"] is False
    assert told["agentInfo"]["name"] == "claw"


def test_keys_come_from_the_environment(world: World, editor: Start) -> None:
    one = editor()
    (way,) = one.initialize()["authMethods"]
    assert one.ask("authenticate", methodId=way["id"]) == {}
    assert one.refused("authenticate", methodId="other")["code"] == -32602
    del world.environ["ANTHROPIC_API_KEY"]
    other = editor()
    other.initialize()
    missing = other.refused("session/new", cwd=str(world.workspace), mcpServers=[])
    assert missing["code"] == -32000
    assert "ANTHROPIC_API_KEY" in missing["message"] + missing["data"]["hint"]
    assert other.refused("authenticate", methodId=way["id"])["code"] == -32000
    assert not world.sessions()


def test_a_turn_is_told_piece_by_piece(world: World, editor: Start) -> None:
    """Texts as they come, calls from their first word to their result, and what the window and the money are at."""
    (world.workspace / "b.txt").write_text("old\nlast\n")
    world.serve(
        tool("Read", {"file_path": "b.txt", "offset": 2}, say="I look."),
        tool("Write", {"file_path": "a.txt", "content": "one\n"}),
        tool("Edit", {"file_path": "b.txt", "old_string": "old", "new_string": "new"}),
        tool("Write", {"file_path": "b.txt", "content": "anew\n"}),
        tool("Glob", {"pattern": "*.txt"}),
        says("All ", "done."),
    )
    one = editor("--permission-mode", "acceptEdits")
    one.initialize()
    session = one.new()
    assert one.prompt(session, "Go.") == "end_turn"
    assert one.text() == "I look.All done."
    assert len({chunk["messageId"] for chunk in one.updates("agent_message_chunk")}) == 2
    first = [one["sessionUpdate"] for one in one.updates() if "toolCallId" in one][:4]
    assert first == ["tool_call", *["tool_call_update"] * 3]
    read, new, edited, anew, found = (one.call(number) for number in range(5))
    assert (read["kind"], read["status"], read["title"]) == ("read", "completed", "Read(b.txt, from line 2)")
    assert read["rawInput"] == {"file_path": "b.txt", "offset": 2}
    assert "last" in read["content"][0]["content"]["text"]
    assert "last" in read["rawOutput"]["text"]
    places = {name: str(world.workspace / name) for name in ("a.txt", "b.txt")}
    assert read["locations"] == [{"path": places["b.txt"]}]
    assert new["kind"] == "edit"
    assert new["content"] == [{"type": "diff", "path": places["a.txt"], "newText": "one\n"}]
    assert edited["content"] == [{"type": "diff", "path": places["b.txt"], "oldText": "old", "newText": "new"}]
    assert anew["content"][0]["oldText"] == "new\nlast\n"
    assert (found["kind"], found["status"]) == ("search", "completed")
    assert all(usage["size"] > usage["used"] > 0 for usage in one.updates("usage_update"))
    assert one.leave() == 0
    replays(world)


def test_a_patch_is_told_file_by_file(world: World, editor: Start) -> None:
    (world.workspace / "b.txt").write_text("old\nlast\n")
    patch = "*** Begin Patch\n*** Add File: a.txt\n+one\n*** Update File: b.txt\n@@\n-old\n+new\n last\n*** End Patch\n"
    world.serve(tool("apply_patch", {"input": patch}), says("Done."))
    one = editor("--permission-mode", "acceptEdits")
    one.initialize()
    one.prompt(one.new(), "Go.")
    call = one.call()
    assert call["status"] == "completed"
    assert [diff["path"].rpartition("/")[2] for diff in call["content"]] == ["a.txt", "b.txt"]
    assert (call["content"][1]["oldText"], call["content"][1]["newText"]) == ("old\nlast", "new\nlast")
    assert len(call["locations"]) == 2


@pytest.mark.parametrize("capable", [True, False])
def test_output_of_commands_is_shown_while_they_run(world: World, editor: Start, capable: bool) -> None:
    """As a terminal's, where the editor shows those; else as a text, whose end is told every while."""
    command = "echo first; while [ ! -e go ]; do sleep 0.05; done; printf '\\033]52;c;x\\007``` last\\n'; exit 3"
    world.serve(tool("Bash", {"command": command}), tool("Bash", {"command": "echo short"}), says("Done."))
    one = editor(*SHELL)
    one.initialize(**(CAPABLE if capable else {}))
    turn = one.begin("session/prompt", sessionId=one.new(), prompt=said("Go."))
    one.wait(
        lambda message: (
            "first" in json.dumps(message)
            and "in_progress" not in json.dumps(message)
            and ("terminal_output" in json.dumps(message) or '"```' in json.dumps(message))
        )
    )
    (world.workspace / "go").touch()
    one.answer(turn)
    call = one.call()
    assert (call["status"], call["rawOutput"]["exitCode"]) == ("failed", 3)
    if capable:
        assert call["content"] == [{"type": "terminal", "terminalId": call["toolCallId"]}]
        told = [one["_meta"] for one in one.updates("tool_call_update") if "_meta" in one]
        output = "".join(meta["terminal_output"]["data"] for meta in told if "terminal_output" in meta)
        assert output.startswith("first\n")
        assert "\x1b" not in output
        assert output.endswith("short\n")
        assert [meta["terminal_exit"]["exit_code"] for meta in told if "terminal_exit" in meta] == [3, 0]
        assert all("terminal_info" in one.updates("tool_call")[number]["_meta"] for number in (0, 1))
    else:
        shown = call["content"][0]["content"]["text"]
        assert shown.startswith("````")
        assert "␛]52" in shown


def test_what_is_to_be_done_is_the_plan(world: World, editor: Start) -> None:
    todos = [
        {"content": "Look", "status": "in_progress", "activeForm": "Looking"},
        {"content": "Tell", "status": "pending", "activeForm": "Telling"},
    ]
    world.serve(tool("TodoWrite", {"todos": todos}), says("Done."))
    one = editor()
    one.initialize()
    one.prompt(one.new(), "Go.")
    (plan,) = one.updates("plan")
    assert [(entry["content"], entry["status"]) for entry in plan["entries"]] == [
        ("Look", "in_progress"),
        ("Tell", "pending"),
    ]


def test_prompts_hold_more_than_text(world: World, editor: Start) -> None:
    """Files are named as in claw's own prompts; what an editor gives along stands behind the words."""
    file = world.workspace / "a b.py"
    words = [
        "look at @a b.py and [page](https://example.org/x) with @/etc/hosts",
        '<resource uri=\\"/etc/hosts\\">',
        "MORE",
    ]
    world.serve({**says("Yes."), "expect": words}, says("Again."))
    one = editor()
    one.initialize()
    session = one.new()
    blocks: list[Any] = [
        "look at ",
        {"type": "resource_link", "uri": file.as_uri(), "name": "a b.py"},
        " and ",
        {"type": "resource_link", "uri": "https://example.org/x", "name": "page", "mimeType": "text/html"},
        " with ",
        {"type": "resource", "resource": {"uri": "file:///etc/hosts", "text": "MORE", "mimeType": "text/plain"}},
    ]
    assert one.prompt(session, *blocks) == "end_turn"
    sound = {"type": "audio", "data": "AAAA", "mimeType": "audio/wav"}
    blob = {"type": "resource", "resource": {"uri": "file:///x.bin", "blob": "AAAA"}}
    for wrong in (sound, blob, " "):
        assert one.refused("session/prompt", sessionId=session, prompt=said(wrong))["code"] == -32602
    assert one.prompt(session, "again") == "end_turn"


def test_modes_and_options_are_set_and_told(world: World, editor: Start) -> None:
    world.environ["ANTHROPIC_MODEL"] = "claude-opus-4-6"
    world.serve(says("Yes."))
    one = editor()
    one.initialize()
    made = one.ask("session/new", cwd=str(world.workspace), mcpServers=[])
    session = made["sessionId"]
    assert made["modes"]["currentModeId"] == "default"
    assert "bypassPermissions" not in [mode["id"] for mode in made["modes"]["availableModes"]]
    offered = {option["id"]: option for option in made["configOptions"]}
    assert list(offered) == ["mode", "model", "effort"]
    assert offered["model"]["currentValue"] == "anthropic/claude-opus-4-6"
    assert one.ask("session/set_mode", sessionId=session, modeId="acceptEdits") == {}
    one.wait(lambda message: "current_mode_update" in json.dumps(message))
    told = one.ask("session/set_config_option", sessionId=session, configId="effort", value="high")
    assert {option["id"]: option["currentValue"] for option in told["configOptions"]} == {
        "mode": "acceptEdits",
        "model": "anthropic/claude-opus-4-6",
        "effort": "high",
    }
    other = next(value["value"] for value in offered["model"]["options"] if "opus" not in value["value"])
    one.ask("session/set_config_option", sessionId=session, configId="model", value=other)
    one.wait(lambda message: "config_option_update" in json.dumps(message) and other in json.dumps(message))
    for method, wrong in (
        ("session/set_mode", {"modeId": "bypassPermissions"}),
        ("session/set_mode", {"modeId": "none"}),
        ("session/set_config_option", {"configId": "mode", "value": "bypassPermissions"}),
        ("session/set_config_option", {"configId": "model", "value": "no such/model"}),
        ("session/set_config_option", {"configId": "other", "value": "x"}),
        ("session/set_config_option", {"configId": "mode", "value": True, "type": "boolean"}),
    ):
        answer = one.answer(one.begin(method, sessionId=session, **wrong))
        assert answer.get("error", {}).get("code") == -32602, (wrong, answer)
    assert one.prompt(session, "Go.") == "end_turn"
    assert one.leave() == 0
    replays(world)


def test_to_bypass_permissions_takes_the_person_s_flag(world: World, editor: Start) -> None:
    one = editor("--dangerously-skip-permissions")
    one.initialize()
    made = one.ask("session/new", cwd=str(world.workspace), mcpServers=[])
    assert made["modes"]["currentModeId"] == "bypassPermissions"
    for mode in ("default", "bypassPermissions"):
        one.ask("session/set_mode", sessionId=made["sessionId"], modeId=mode)


def test_commands_are_listed_and_done(world: World, editor: Start) -> None:
    """Claw's own that mean something here, and those of files; what is for claw's terminal says so."""
    folder = world.workspace / ".claude/commands"
    folder.mkdir(parents=True)
    (folder / "greet.md").write_text(
        "---\ndescription: Greet somebody\nargument-hint: WHO\n---\nGreet $ARGUMENTS now.\n"
    )
    world.serve(
        {**says("Hello."), "expect": ["Greet Ann now."]}, says("Again."), {**says("Short."), "for": "compaction"}
    )
    one = editor()
    one.initialize()
    session = one.new()
    listed = one.wait(lambda message: "available_commands_update" in json.dumps(message))
    commands = {entry["name"]: entry for entry in listed["params"]["update"]["availableCommands"]}
    assert commands["greet"] == {"name": "greet", "description": "Greet somebody", "input": {"hint": "WHO"}}
    assert "quit" not in commands
    assert one.prompt(session, "/greet Ann") == "end_turn"
    assert one.prompt(session, "/rename walk") == "end_turn"
    assert one.updates("session_info_update")[-1]["title"] == "walk"
    assert one.prompt(session, "/status") == "end_turn"
    assert f"{session} walk" in one.text()
    for wrong, words in (
        ("/quit", "is for claw's own terminal"),
        ("/nope", "there is no command /nope"),
        ("/clear x", "no arg"),
    ):
        assert one.prompt(session, wrong) == "end_turn"
        assert words in one.text()
    assert one.prompt(session, "/compact") == "end_turn"
    assert "A summary stands for what came before" in one.text()
    assert one.leave() == 0
    replays(world)


def test_a_title_is_told_and_listed(world: World, editor: Start) -> None:
    settings = world.home / ".claude/settings.json"
    settings.parent.mkdir()
    settings.write_text(json.dumps({"smallModel": "haiku"}))
    world.serve(says("Yes."), {**says("A walk in the park"), "for": "title"})
    one = editor()
    one.initialize()
    session = one.new()
    one.prompt(session, "Go.")
    one.wait(lambda message: "session_info_update" in json.dumps(message))
    assert one.ask("session/list")["sessions"][0]["title"] == "A walk in the park"


def test_two_sessions_go_on_at_the_same_time(world: World, editor: Start) -> None:
    """Each has a log of its own; a question of one holds up nobody else."""
    world.serve(tool("Write", {"file_path": "a", "content": "x"}), says("Done."))
    other = world.root / "other"
    other.mkdir()
    one = editor(
        answering=lambda asked: chooses("allow_once")(asked) if asked["params"]["sessionId"] != first else None
    )
    one.initialize()
    first, second = one.new(), one.new(cwd=str(other))
    turn = one.begin("session/prompt", sessionId=first, prompt=said("Go."))
    question = one.wait(lambda message: message.get("method") == "session/request_permission")
    assert one.prompt(second, "Go.") == "end_turn"
    assert (other / "a").exists()
    assert not (world.workspace / "a").exists()
    one.say(id=question["id"], result=chooses("allow_once")(question))
    assert one.answer(turn)["result"]["stopReason"] == "end_turn"
    assert (one.text(session=first), one.text(session=second)) == ("Done.", "Done.")
    assert one.leave() == 0
    assert world.sessions() == sorted((first, second))
    for session in (first, second):
        assert world.run("verify", session).returncode == 0
        assert world.events(session)[-1]["kind"] == "session.ended"


def test_servers_that_the_editor_names_are_the_session_s(world: World, editor: Start) -> None:
    """Their calls are asked about as any; the other session has none of them. One that cannot be is said."""
    world.serve(tool("mcp__My-sums__add", {"a": 2, "b": 3}), says("5"))
    one = editor(answering=chooses("allow_once"))
    assert one.initialize()["agentCapabilities"]["mcpCapabilities"] == {"http": True, "sse": True}
    env = [{"name": "KEPT", "value": "x"}]
    servers = [
        {"name": "My sums", "command": sys.executable, "args": [str(PLAIN)], "env": env},
        {"name": "-", "command": "/bin/files", "args": [], "env": []},
        {"type": "http", "name": "web", "url": "file:///x", "headers": []},
    ]
    session, other = one.new(mcpServers=servers), one.new()
    assert one.prompt(session, "Go.") == "end_turn"
    assert one.call()["rawOutput"]["text"] == "5"
    assert one.text().count("[claw: the editor: not in effect: the MCP server") == 2
    assert "mcp.configured" not in world.kinds(other)
    assert one.leave() == 0
    assert world.events(session)[-1]["kind"] == "session.ended"
    assert world.run("replay", session).returncode == 0


def test_folders_that_the_editor_adds_are_parts_of_the_workspace(world: World, editor: Start) -> None:
    """For as long as it says so: a session that is loaded without them has none."""
    other = world.root / "other"
    other.mkdir()
    world.serve(tool("Write", {"file_path": str(other / "a"), "content": "x"}), says("Done."))
    one = editor("--permission-mode", "acceptEdits")
    one.initialize()
    session = one.new(additionalDirectories=[str(other)])
    assert one.prompt(session, "Go.") == "end_turn"
    assert (other / "a").read_text() == "x"
    one.ask("session/close", sessionId=session)
    one.ask("session/resume", sessionId=session, cwd=str(world.workspace))
    rules = [
        event["data"]["config"].get("rules", []) for event in world.events(session) if event["kind"] == "config.changed"
    ]
    assert str(other) not in str(rules[-1])
    here = {"cwd": str(world.workspace), "mcpServers": []}
    for wrong in ("other", str(world.root / "none"), "/\0"):
        assert one.refused("session/new", **here, additionalDirectories=[wrong])["code"] == -32602
    assert one.leave() == 0
    replays(world)


@pytest.mark.parametrize(
    ("flags", "replies", "stop"),
    [
        (("--max-turns", "1"), (tool("Glob", {"pattern": "*"}), says("never")), "max_turn_requests"),
        ((), ({**says("Cut"), "stop": "max_tokens"},), "max_tokens"),
        ((), ({**says("No."), "stop": "refusal"},), "refusal"),
    ],
)
def test_why_a_turn_ended(world: World, editor: Start, flags: tuple[str, ...], replies: Any, stop: str) -> None:
    world.serve(*replies)
    one = editor(*flags)
    one.initialize()
    assert one.prompt(one.new(), "Go.") == stop
    assert "[claw: " in one.text()


def test_a_provider_that_fails_is_an_error_and_the_session_goes_on(world: World, editor: Start) -> None:
    faults = [{"type": "status", "status": status, "message": "no"} for status in (401, 400)]
    world.serve({**says("Yes."), "faults": faults})
    one = editor()
    one.initialize()
    session = one.new()
    failed = [one.refused("session/prompt", sessionId=session, prompt=said("Go.")) for _ in range(2)]
    assert [error["code"] for error in failed] == [-32000, -32603]
    assert one.prompt(session, "Again.") == "end_turn"


def test_the_parameters_are_those_of_the_schema() -> None:
    """A kind of content or of answer that is not read would be refused."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"type": "none"}, asked.ContentBlock)
