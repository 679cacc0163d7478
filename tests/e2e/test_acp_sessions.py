"""Sessions of an editor's: listed, loaded, resumed, forked, closed, called off; and what is left when claw dies."""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.live.world import World, told, tool
from tests.cli.live.world import text as says
from tests.e2e.acp.client import Editor, chooses, said
from tests.native.running import eventually

Start = Callable[..., Editor]
SHELL = ("--allowed-tools", "Bash")


def running(mark: str) -> list[str]:
    """Processes that have this among their arguments."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                words = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if mark.encode() in words.split(b"\0"):
                found.append(entry.name)
    return found


def whole(world: World, session: str) -> None:
    for command in ("verify", "replay"):
        done = world.run(command, session)
        assert done.returncode == 0, told(done)


def busy(world: World, editor: Start, mark: str) -> tuple[Editor, str, int]:
    """A session whose command runs, and the id of its prompt."""
    world.serve(tool("Bash", {"command": f"sleep {mark}"}), says("Went on."))
    one = editor(*SHELL)
    one.initialize()
    session = one.new()
    turn = one.begin("session/prompt", sessionId=session, prompt=said("Go."))
    eventually(lambda: bool(running(mark)))
    return one, session, turn


def test_a_turn_is_called_off(world: World, editor: Start) -> None:
    """The command dies, the prompt ends as cancelled, and all was told before that."""
    one, session, turn = busy(world, editor, "1001.25")
    busy_too = one.refused("session/prompt", sessionId=session, prompt=said("And?"))
    assert (busy_too["code"], busy_too["data"]["hint"]) == (-32600, "wait for its end, or session/cancel")
    one.notify("session/cancel", sessionId=session)
    assert one.answer(turn)["result"] == {"stopReason": "cancelled"}
    assert one.heard[-1]["id"] == turn
    assert not running("1001.25")
    assert one.call()["status"] == "failed"
    assert one.leave() == 0
    whole(world, session)


def test_a_request_to_call_a_prompt_off_does_so(world: World, editor: Start) -> None:
    one, _, turn = busy(world, editor, "1002.25")
    one.notify("$/cancel_request", requestId=turn)
    assert one.answer(turn)["result"] == {"stopReason": "cancelled"}


def test_a_prompt_that_is_called_off_at_once_never_runs_on(world: World, editor: Start) -> None:
    world.serve(*[tool("Bash", {"command": "sleep 1003.25"})] * 3)
    one = editor(*SHELL)
    one.initialize()
    session = one.new()
    for _ in range(3):
        turn = one.begin("session/prompt", sessionId=session, prompt=said("Go."))
        one.notify("session/cancel", sessionId=session)
        assert one.answer(turn)["result"] == {"stopReason": "cancelled"}
    assert not running("1003.25")
    assert one.leave() == 0
    whole(world, session)


def test_a_session_is_closed_and_loaded_again(world: World, editor: Start) -> None:
    """Loading tells all that was, in the order in which it was; resuming tells none of it."""
    world.serve(
        {"blocks": [{"type": "thinking", "text": "Hm."}, *tool("Glob", {"pattern": "*"}, say="I look.")["blocks"]]},
        says("Done."),
        says("More."),
    )
    one = editor()
    one.initialize()
    session = one.new()
    one.prompt(session, "Go.")
    live = [update for update in one.updates(session=session)]
    assert one.ask("session/close", sessionId=session) == {}
    assert one.refused("session/prompt", sessionId=session, prompt=said("x"))["code"] == -32002
    assert one.refused("session/close", sessionId=session)["code"] == -32002
    assert world.events(session)[-1]["kind"] == "session.ended"

    before = len(one.updates())
    told = one.ask("session/load", sessionId=session, cwd=str(world.workspace), mcpServers=[])
    assert told["modes"]["currentModeId"] == "default"
    past = one.updates()[before:]
    shown = [(update["sessionUpdate"], update.get("content")) for update in past if "content" in update]
    assert [kind for kind, _ in shown] == [
        *("user_message_chunk", "agent_thought_chunk", "agent_message_chunk"),
        *("tool_call_update", "agent_message_chunk"),
    ]
    assert [content["text"] for kind, content in shown if kind.endswith("chunk")] == ["Go.", "Hm.", "I look.", "Done."]
    ids = {update["messageId"] for update in live if "messageId" in update}
    assert ids < {update["messageId"] for update in past if "messageId" in update}
    assert one.refused("session/load", sessionId=session, cwd=str(world.workspace), mcpServers=[])["code"] == -32600
    one.ask("session/close", sessionId=session)

    before = len(one.updates())
    assert "modes" in one.ask("session/resume", sessionId=session, cwd=str(world.workspace))
    assert one.prompt(session, "More?") == "end_turn"
    after = [update["content"]["text"] for update in one.updates()[before:] if "messageId" in update]
    assert "".join(after) == "More."
    assert one.leave() == 0
    whole(world, session)


def test_a_session_that_is_none_or_belongs_elsewhere(world: World, editor: Start) -> None:
    one = editor()
    one.initialize()
    session = one.new()
    assert one.leave() == 0
    other = editor()
    other.initialize()
    here = str(world.workspace)
    for id, folder, code in (
        ("none", here, -32002),
        ("../../etc", here, -32002),
        (session[:8], here, -32002),
        (session, str(world.home), -32602),
        (session, "work", -32602),
        (session, f"{here}/none", -32602),
    ):
        for method in ("session/load", "session/resume"):
            assert other.refused(method, sessionId=id, cwd=folder, mcpServers=[])["code"] == code, (id, folder)


def test_one_writer_has_a_session(world: World, editor: Start) -> None:
    world.serve(says("Yes."))
    one, other = editor(), editor()
    one.initialize()
    other.initialize()
    session = one.new()
    refused = other.refused("session/load", sessionId=session, cwd=str(world.workspace), mcpServers=[])
    assert refused["code"] == -32603
    assert "is being written by process" in refused["message"]
    assert one.prompt(session, "Go.") == "end_turn"


def test_a_session_is_forked(world: World, editor: Start) -> None:
    world.serve(says("One."), {**says("Two."), "expect": ["Go.", "One.", "Other."]}, says("Three."))
    folder = world.root / "elsewhere"
    folder.mkdir()
    one = editor()
    one.initialize()
    session = one.new()
    one.prompt(session, "Go.")
    made = one.ask("session/fork", sessionId=session, cwd=str(folder), mcpServers=[])["sessionId"]
    assert made != session
    assert one.prompt(made, "Other.") == "end_turn"
    assert one.text(session=made) == "Two."
    listed = {entry["sessionId"]: entry["cwd"] for entry in one.ask("session/list")["sessions"]}
    assert listed == {session: str(world.workspace), made: str(folder)}
    assert one.leave() == 0
    whole(world, made)


def test_sessions_are_listed_page_by_page(world: World, editor: Start) -> None:
    other = world.root / "other"
    other.mkdir()
    one = editor()
    one.initialize()
    assert one.ask("session/list")["sessions"] == []
    made = [one.new() for _ in range(51)]
    elsewhere = one.new(cwd=str(other))
    for id in made[:50]:
        one.ask("session/close", sessionId=id)
    first = one.ask("session/list", cwd=str(world.workspace))
    assert len(first["sessions"]) == 50
    rest = one.ask("session/list", cwd=str(world.workspace), cursor=first["nextCursor"])
    assert "nextCursor" not in rest
    found = [entry["sessionId"] for entry in (*first["sessions"], *rest["sessions"])]
    assert sorted(found) == sorted(made)
    assert len(set(found)) == 51
    (only,) = one.ask("session/list", cwd=str(other))["sessions"]
    assert only["sessionId"] == elsewhere
    for wrong in ({"cursor": "x"}, {"cursor": "²5.x"}, {"cwd": "relative"}):
        assert one.refused("session/list", **wrong)["code"] == -32602


@pytest.mark.parametrize("how", ["end of input", "SIGTERM", "SIGKILL"])
def test_when_claw_ends_its_commands_die_and_logs_are_whole(world: World, editor: Start, how: str) -> None:
    mark = f"100{len(how)}.5"
    one, session, _ = busy(world, editor, mark)
    if how == "end of input":
        assert one.leave() == 0
    else:
        one.process.send_signal(signal.Signals[how])
        assert one.wait_end() == (-9 if how == "SIGKILL" else 143)
    eventually(lambda: not running(mark))
    assert (world.events(session)[-1]["kind"] == "session.ended") == (how != "SIGKILL")
    whole(world, session)
    other = editor(*SHELL)
    other.initialize()
    other.ask("session/load", sessionId=session, cwd=str(world.workspace), mcpServers=[])
    assert other.text("user_message_chunk") == "Go."
    assert other.call()["status"] == "failed"
    assert other.leave() == 0
    whole(world, session)


def test_what_others_send_to_the_session_is_told(world: World, editor: Start) -> None:
    world.serve(says("One."), says("Two."))
    one = editor()
    one.initialize()
    session = one.new()
    one.prompt(session, "Go.")
    assert world.run("send", session, "From outside").returncode == 0
    one.wait(lambda message: "Two." in str(message))
    assert one.text("user_message_chunk") == "From outside"
    assert os.path.isdir(world.claw_home)


def test_a_prompt_waits_for_a_turn_that_others_began(world: World, editor: Start) -> None:
    """Called off while it waits, it is never said to the model, and that turn ends, too."""
    world.serve(
        says("One."), {**says(*["slow "] * 20), "pace": 0.1}, says("Two."), {**says(*["slow "] * 99), "pace": 1}
    )
    one = editor()
    one.initialize()
    session = one.new()
    one.prompt(session, "Go.")
    assert world.run("send", session, "From outside").returncode == 0
    one.wait(lambda message: "slow" in str(message))
    assert one.prompt(session, "And then?") == "end_turn"
    assert one.text() == "One." + "slow " * 20 + "Two."
    assert world.run("send", session, "Once more").returncode == 0
    one.wait(lambda message: "Once more" in str(message))
    turn = one.begin("session/prompt", sessionId=session, prompt=said("never-said"))
    one.notify("session/cancel", sessionId=session)
    assert one.answer(turn)["result"] == {"stopReason": "cancelled"}
    eventually(lambda: world.kinds(session).count("turn.finished") == 4)
    assert one.leave() == 0
    assert "never-said" not in str(world.events(session))
    whole(world, session)


@pytest.mark.parametrize("how", ["session/cancel", "session/close"])
def test_a_question_is_taken_back(world: World, editor: Start, how: str) -> None:
    world.serve(tool("Write", {"file_path": "a", "content": "x"}), says("never"))
    one = editor()
    one.initialize()
    session = one.new()
    turn = one.begin("session/prompt", sessionId=session, prompt=said("Go."))
    question = one.wait(lambda message: message.get("method") == "session/request_permission")
    if how == "session/cancel":
        one.notify(how, sessionId=session)
    else:
        closing = one.begin(how, sessionId=session)
    assert one.answer(turn)["result"] == {"stopReason": "cancelled"}
    cancel = one.wait(lambda message: message.get("method") == "$/cancel_request")
    assert cancel["params"] == {"requestId": question["id"]}
    one.say(id=question["id"], result={"outcome": {"outcome": "cancelled"}})
    if how == "session/close":
        assert one.answer(closing)["result"] == {}
    assert one.leave() == 0
    assert not (world.workspace / "a").exists()
    (answered,) = [event["data"] for event in world.events(session) if event["kind"] == "permission.answered"]
    assert (answered["allowed"], answered["how"]) == (False, "withdrawn")
    whole(world, session)


def test_calls_of_agents_are_told_with_who_makes_them(world: World, editor: Start) -> None:
    """Their words are not: what they come to is the result of the call that has started them."""
    task = {"description": "write it", "prompt": "Write the file.", "subagent_type": "general-purpose"}
    threads = [
        {"when": "Write the file.", "replies": [tool("Write", {"file_path": "a", "content": "x"}), says("Wrote it.")]}
    ]
    world.serve(tool("Agent", task), says("Done."), threads=threads)
    one = editor(answering=chooses("allow_once"))
    one.initialize()
    session = one.new()
    assert one.prompt(session, "Go.") == "end_turn"
    started, write = one.call(0), one.call(1)
    assert write["_meta"]["claw"] == {"tool": "Write", "agent": 1, "parentToolCallId": started["toolCallId"]}
    question = next(message for message in one.heard if message.get("method") == "session/request_permission")
    assert question["params"]["toolCall"]["toolCallId"] == write["toolCallId"]
    assert one.text() == "Done."
    assert "Wrote it." in started["rawOutput"]["text"]
    assert (world.workspace / "a").exists()


def test_a_session_that_stops_costs_no_other(world: World, editor: Start) -> None:
    """Its log can take no more: its prompt gets the reason, and it can be loaded again."""
    world.serve(says(*["x" * 50_000] * 40), says("Yes."))
    one = editor()
    one.initialize()
    session = one.new()
    resource.prlimit(one.process.pid, resource.RLIMIT_FSIZE, (400_000, resource.RLIM_INFINITY))
    refused = one.refused("session/prompt", sessionId=session, prompt=said("Go."))
    assert refused["code"] == -32603, refused
    resource.prlimit(one.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    gone = one.refused("session/prompt", sessionId=session, prompt=said("Again."))
    assert gone["code"] == -32002
    other = one.new()
    assert one.ask("session/list")["sessions"]
    one.ask("session/load", sessionId=session, cwd=str(world.workspace), mcpServers=[])
    one.ask("session/close", sessionId=other)
    assert one.leave() == 0
    assert world.run("verify", session).returncode == 0
