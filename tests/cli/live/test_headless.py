"""claw without a terminal: the answer on standard output, everything else elsewhere, and an exit code that says it."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from typing import Any

import pytest

from claw import __version__
from tests.cli.live.world import PATIENCE, World, objects, text, told, tool

LIST = tool("Glob", {"pattern": "*"}, say="Let me look.")
SLEEP = tool("Bash", {"command": "touch begun; sleep 600"})


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


# --- the answer ------------------------------------------------------------------------------------------------------


def test_the_answer_alone_is_on_standard_output(world: World) -> None:
    world.serve(LIST, text("There is ", "nothing."))
    done = world.run("-p", "What is here?")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"There is nothing.\n", b"")


def test_what_a_terminal_would_obey_does_not_pass_through_a_pipe(world: World) -> None:
    orders = "\x1b]52;c;aGk=\x07 \x1b]0;owned\x07 \x1b[8mhidden\x9b31m \x08\x7f \u202e\U000e0041 a\rb"
    plain = "naïve\t日本語 🙂 👩\u200d🚀 שלום\r\nnext line"
    world.serve(*[text(f"{orders} {plain}")] * 4)
    said = world.run("-p", "go").stdout.decode()
    assert not set(said) & set("\x1b\x07\x9b\x08\x7f\u202e\U000e0041")
    assert "a\u240db" in said, "what goes back to the line's beginning hides what stands there"
    assert plain in said
    for shape in ("json", "events", "stream-json"):
        out = world.run("-p", "go", "--output-format", shape).stdout.decode()
        assert not set(out) & set("\x1b\x07\x9b\x08\x7f\u202e\U000e0041\r")
        values = [json.loads(line) for line in out.splitlines()]
        assert f"{orders} {plain}" in (value.get("result") or told_by(value) for value in values), "the same value"


def told_by(event: dict[str, Any]) -> str:
    content = event.get("data", {}).get("content") if event.get("kind") == "model.finished" else None
    return content[0]["text"] if content else ""


def test_run_is_the_same_as_p(world: World) -> None:
    world.serve(text("Hello."))
    assert world.run("run", "hi").stdout == world.run("-p", "hi").stdout == b"Hello.\n"


def test_without_a_terminal_p_is_not_needed(world: World) -> None:
    world.serve(text("Hello."))
    done = world.run("hi")
    assert (done.returncode, done.stdout) == (0, b"Hello.\n")


@pytest.mark.parametrize(
    ("arguments", "stdin", "sent"),
    [
        (["-p", "Explain:"], "line 1\nline 2\n", "Explain:\n\nline 1\nline 2"),
        (["-p"], "from a pipe", "from a pipe"),
        (["run", "-"], "from a pipe", "from a pipe"),
        (["-p", "only this"], "", "only this"),
    ],
)
def test_standard_input_is_added_to_the_prompt(world: World, arguments: list[str], stdin: str, sent: str) -> None:
    world.serve(text("ok"))
    assert world.run(*arguments, stdin=stdin).returncode == 0
    inputs = [event["data"]["text"] for event in world.events() if event["kind"] == "input.received"]
    assert inputs == [sent]


def test_a_slow_pipe_is_waited_for_and_named_while_it_is_silent(world: World) -> None:
    world.serve(text("ok"))
    read, write = os.pipe()
    running = world.spawn("-p", "Explain:", stdin=read)
    os.close(read)
    assert running.stderr is not None
    said = running.stderr.readline()
    assert b"standard input is silent; waiting for its end" in said
    os.write(write, b"FAILED test_x\n")
    os.close(write)
    stdout, _ = running.communicate(timeout=PATIENCE)
    assert (running.returncode, stdout) == (0, b"ok\n")
    inputs = [event["data"]["text"] for event in world.events() if event["kind"] == "input.received"]
    assert inputs == ["Explain:\n\nFAILED test_x"]


@pytest.mark.parametrize(
    ("stdin", "sent", "pieces"),
    [
        ("-// Größe\n+// Groesse\n".encode("latin-1"), "-// Gr\ufffd\ufffde\n+// Groesse", "2 pieces were"),
        (b"\xff", "\ufffd", "1 piece was"),
        (b"\xff\xfe\x00", "\ufffd\ufffd\x00", "2 pieces were"),
        ("a real \ufffd, kept\n".encode(), "a real \ufffd, kept", ""),
        ("Größe\n".encode(), "Größe", ""),
        ("Größe 😀\r\n".encode("utf-16"), "Größe 😀\r", ""),
        (b"\xfe\xff" + "Größe\n".encode("utf-16-be"), "Größe", ""),
        ("Größe\n".encode("utf-8-sig"), "Größe", ""),
        ("日本語\n".encode("iso2022_jp"), "日本語", ""),
    ],
)
def test_bytes_that_are_not_utf_8_cost_a_stand_in_and_a_remark(
    world: World, stdin: bytes, sent: str, pieces: str
) -> None:
    world.serve(text("ok"))
    done = world.run("-p", stdin=stdin)
    assert (done.returncode, done.stdout) == (0, b"ok\n")
    assert told(done).count("\n") == bool(pieces)
    assert f"{pieces} replaced" in told(done) if pieces else not told(done)
    inputs = [event["data"]["text"] for event in world.events() if event["kind"] == "input.received"]
    assert inputs == [sent]


def test_json_is_one_object(world: World) -> None:
    usage = {"input": 10, "output": 20, "cache_read": 3}
    world.serve(LIST, {**text("There is nothing."), "usage": usage})
    done = world.run("-p", "What is here?", "--output-format", "json")
    assert done.returncode == 0
    (result,) = objects(done.stdout.splitlines())
    assert set(result) == {
        "session",
        "result",
        "structured_output",
        "reason",
        "is_error",
        "error",
        "turns",
        "usage",
        "cost_usd",
        "permission_denials",
        "duration_ms",
    }
    assert result["session"] in world.sessions()
    assert (result["result"], result["reason"], result["is_error"]) == ("There is nothing.", "done", False)
    assert (result["turns"], result["permission_denials"]) == (2, [])
    assert result["usage"]["output"] >= 20
    assert result["cost_usd"] is None, "nobody knows the prices of a model at another address"


def test_flags_of_scripts_for_other_agents_are_taken(world: World) -> None:
    both = {"blocks": [write("a")["blocks"][0], tool("Bash", {"command": "mkdir b"})["blocks"][0]]}
    world.serve(both, text("Done."))
    flags = ["-m", "sonnet[1m]", "--verbose", "--allowedTools", "Bash(mkdir:*)", "Write", "--disallowedTools", "Read"]
    done = world.run("-p", *flags, "--output-format", "json", "do it")
    assert done.returncode == 0, told(done)
    assert json.loads(done.stdout)["result"] == "Done."
    assert sorted(path.name for path in world.workspace.iterdir()) == ["a", "b"]
    assert [line[:8] for line in told(done).splitlines()] == ["● Write(", "● Bash(m"]
    config = world.events()[0]["data"]["config"]
    assert config["model"]["name"] == "claude-sonnet-5-5"
    assert [rule["rule"] for rule in config["rules"]] == ["Read", "Bash(mkdir:*)", "Write"]


def write(name: str) -> dict[str, Any]:
    return tool("Write", {"file_path": name, "content": "x"})


def test_events_are_every_event(world: World) -> None:
    world.serve(LIST, text("There is nothing."))
    done = world.run("-p", "What is here?", "--output-format", "events")
    streamed = objects(done.stdout.splitlines())
    assert streamed == [event for event in world.events() if event["seq"] < len(streamed)]
    assert streamed[0]["kind"] == "session.started"
    assert "turn.finished" in [event["kind"] for event in streamed]


# --- exit codes ------------------------------------------------------------------------------------------------------


def _result(world: World, *arguments: str) -> tuple[int, dict[str, Any], str]:
    done = world.run("-p", "Do it.", "--output-format", "json", *arguments)
    return done.returncode, json.loads(done.stdout), told(done)


def test_1_when_the_answer_is_cut_off(world: World) -> None:
    world.serve({**text("half an ans"), "stop": "max_tokens"})
    code, result, complaint = _result(world)
    assert (code, result["reason"], result["is_error"]) == (1, "max_tokens", True)
    assert "limit of tokens" in complaint


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-p", "x", "--frobnicate"], "--frobnicate"),
        (["-p", "x", "--output-format", "xml"], "xml"),
        (["-p", "x", "--permission-mode", "yolo"], "yolo"),
        (["-p", "x", "--max-turns", "0"], "--max-turns"),
        (["-p", "x", "--max-budget-usd", "lots"], "--max-budget-usd"),
        (["-p", "x", "-C", "/no/such/folder"], "/no/such/folder"),
        (["-p", "x", "--allowed-tools", "Bash(("], "Bash(("),
        (["-p", "x", "-c", "-r", "y"], "--resume"),
        (["-p"], "no prompt"),
        (["-p", "x", "-c"], "no session"),
        (["-p", "x", "-r", "nobody"], "nobody"),
        (["resume", "0192@x"], "0192@x"),
        (["resume", "nobody", "-p", "x"], "nobody"),
        (["fork", "nobody"], "nobody"),
        (["doctro"], "doctor"),
    ],
)
def test_2_and_one_sentence_for_wrong_usage(world: World, arguments: list[str], words: str) -> None:
    done = world.run(*arguments)
    assert (done.returncode, done.stdout) == (2, b"")
    assert words in told(done)
    assert "Traceback" not in told(done)
    assert world.sessions() == []


def test_3_when_nobody_could_be_asked(world: World) -> None:
    world.serve(tool("Bash", {"command": "touch made"}), text("I may not."))
    code, result, complaint = _result(world)
    assert (code, result["result"], result["is_error"]) == (3, "I may not.", True)
    (denial,) = result["permission_denials"]
    assert (denial["tool"], denial["arguments"], denial["by"]) == ("Bash", {"command": "touch made"}, "nobody")
    assert "permission" in complaint
    assert not (world.workspace / "made").exists()


def test_0_when_a_rule_denies_for_it_was_foreseen(world: World) -> None:
    world.serve(tool("Bash", {"command": "touch made"}), text("Denied."))
    code, result, _ = _result(world, "--disallowed-tools", "Bash")
    assert (code, result["result"]) == (0, "Denied.")
    assert len(result["permission_denials"]) == 1
    assert not (world.workspace / "made").exists()


def test_an_allowed_tool_needs_no_question(world: World) -> None:
    world.serve(tool("Bash", {"command": "touch made"}), text("Made."))
    code, result, _ = _result(world, "--allowed-tools", "Bash(touch:*)")
    assert (code, result["permission_denials"]) == (0, [])
    assert (world.workspace / "made").exists()


def test_4_when_the_budget_is_used_up(world: World) -> None:
    world.serve({**LIST, "usage": {"input": 100_000, "output": 100_000}}, text("never"))
    code, result, complaint = _result(world, "--model", "claude-sonnet-4-5", "--max-budget-usd", "0.01")
    assert (code, result["reason"], result["result"]) == (4, "budget", "")
    assert "claw resume" in complaint


def test_5_when_the_turns_are_used_up(world: World) -> None:
    world.serve(LIST, LIST, text("never"))
    code, result, complaint = _result(world, "--max-turns", "2")
    assert (code, result["reason"], result["turns"]) == (5, "turns", 2)
    assert "claw resume" in complaint


def test_7_when_the_provider_fails(world: World) -> None:
    refused = {"type": "status", "status": 401, "message": "invalid x-api-key"}
    world.serve({**text("never"), "faults": [refused]})
    code, result, complaint = _result(world)
    assert (code, result["reason"], result["is_error"]) == (7, "failed", True)
    assert "key" in complaint


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_interrupts_and_the_session_goes_on_later(world: World, number: int, code: int) -> None:
    world.serve(SLEEP, text("Back again."))
    running = world.spawn("-p", "Wait.", "--allowed-tools", "Bash")
    until((world.workspace / "begun").exists)
    running.send_signal(number)
    stdout, stderr = running.communicate(timeout=PATIENCE)
    assert (running.returncode, stdout) == (code, b"")
    assert b"claw resume" in stderr
    kinds = world.kinds()
    assert kinds[-1] == "session.ended"
    assert "tool.interrupted" in kinds
    assert world.run("verify", "@last").returncode == 0
    assert world.run("resume", "@last", "-p", "Go on.").stdout == b"Back again.\n"


def test_a_second_signal_ends_claw_at_once(world: World) -> None:
    world.serve(tool("Bash", {"command": "trap '' TERM; touch begun; while :; do sleep 0.1; done"}), text("never"))
    running = world.spawn("-p", "Wait.", "--allowed-tools", "Bash")
    until((world.workspace / "begun").exists)
    running.send_signal(signal.SIGINT)
    running.send_signal(signal.SIGINT)
    end = time.monotonic() + PATIENCE
    while running.poll() is None and time.monotonic() < end:
        running.send_signal(signal.SIGINT)
        time.sleep(0.05)
    running.communicate()
    assert running.returncode == 130
    assert world.run("verify", "@last").returncode == 0


def test_a_reader_that_leaves_ends_the_session_quietly(world: World) -> None:
    world.serve(SLEEP, text("never"))
    running = world.spawn("-p", "Wait.", "--allowed-tools", "Bash", "--output-format", "stream-json")
    assert running.stdout is not None
    assert running.stdout.readline()
    running.stdout.close()
    assert running.stderr is not None
    assert running.stderr.read() == b""
    running.stderr.close()
    assert running.wait(PATIENCE) == 141
    assert world.kinds()[-1] == "session.ended"


# --- going on --------------------------------------------------------------------------------------------------------


def test_continue_goes_on_with_the_last_session_here(world: World) -> None:
    world.serve(text("One."), text("Two."), {**text("Three."), "expect": ["first", "second"]})
    elsewhere = world.root / "elsewhere"
    elsewhere.mkdir()
    assert world.run("-p", "first").stdout == b"One.\n"
    assert world.run("-p", "other", "-C", str(elsewhere)).stdout == b"One.\n"
    assert world.run("-p", "second", "-c").stdout == b"Two.\n"
    assert world.run("resume", world.sessions()[0], "-p", "third").stdout == b"Three.\n"
    assert len(world.sessions()) == 2


def test_a_turn_left_open_is_finished(world: World) -> None:
    world.serve(SLEEP, {**text("It was cut off."), "expect": ["claw stopped while this ran"]})
    running = world.spawn("-p", "Wait.", "--allowed-tools", "Bash")
    until((world.workspace / "begun").exists)
    running.kill()
    running.communicate()
    done = world.run("resume", "@last")
    assert (done.returncode, done.stdout) == (0, b"It was cut off.\n")
    assert world.run("resume", "@last").returncode == 2


def test_an_input_sent_twice_is_done_once(world: World) -> None:
    world.serve(text("Done."), text("Done again."))
    assert world.run("-p", "Do it.", "--input-id", "7", "--name", "job").stdout == b"Done.\n"
    again = world.run("-r", "job", "-p", "Do it.", "--input-id", "7")
    assert (again.returncode, again.stdout) == (0, b"Done.\n")
    assert world.kinds().count("input.received") == 1
    other = world.run("-r", "job", "-p", "Do something else.", "--input-id", "7")
    assert other.returncode == 2
    assert "7" in told(other)


def test_a_fork_shares_the_past_and_leaves_the_parent_alone(world: World) -> None:
    world.serve(text("One."), {**text("Two."), "expect": ["first"]})
    world.run("-p", "first")
    parent = world.sessions()[0]
    before = world.events(parent)
    done = world.run("fork", parent)
    fork = done.stdout.decode().strip()
    assert (done.returncode, world.sessions()) == (0, sorted([parent, fork]))
    assert "files stay as they are" in told(done)
    assert world.run("resume", fork, "-p", "second").stdout == b"Two.\n"
    assert world.events(parent) == before


def test_a_fork_answers_a_prompt_from_before_a_step(world: World) -> None:
    world.serve(text("One."))
    world.run("-p", "first")
    place = str(world.root / "copy")
    os.mkdir(place)
    step = next(event["seq"] for event in world.events() if event["kind"] == "input.received")
    done = world.run("fork", f"@last@{step}^", "-C", place, "--name", "branch", "-p", "instead")
    assert (done.returncode, done.stdout) == (0, b"One.\n")
    inputs = [event["data"]["text"] for event in world.events("branch") if event["kind"] == "input.received"]
    assert inputs == ["instead"]
    forked = next(event for event in world.events("branch") if event["kind"] == "session.forked")
    assert forked["data"]["workspace"] == place


# --- when claw itself cannot -----------------------------------------------------------------------------------------


def test_a_home_that_cannot_be_written_is_one_sentence(world: World) -> None:
    world.serve(text("never"))
    (world.root / "file").write_text("")
    done = world.run("-p", "x", CLAW_HOME=str(world.root / "file" / "claw"))
    assert done.returncode != 0
    assert "Traceback" not in told(done)
    assert str(world.root / "file" / "claw") in told(done)


def test_no_key_is_one_sentence(world: World) -> None:
    del world.environ["ANTHROPIC_API_KEY"]
    done = world.run("-p", "x")
    assert done.returncode == 7
    assert "ANTHROPIC_API_KEY" in told(done)
    assert "Traceback" not in told(done)


def test_help_names_every_command(world: World) -> None:
    done = world.run("--help")
    assert done.returncode == 0
    for name in ("run", "resume", "fork", "log", "show", "replay", "verify", "cost", "doctor"):
        assert f"\n  {name} " in done.stdout.decode()


def test_version(world: World) -> None:
    for flag in ("--version", "-V"):
        assert world.run(flag).stdout.decode() == f"claw {__version__}\n"
