"""Hooks as they really run: what they are told, what is made of what they say, and that nothing of them is left."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import time
from typing import Any

import pytest
from msgspec.structs import replace

from claw._native import blake3
from claw.events.base import Blob, Event
from claw.events.content import ImageBlock
from claw.events.hook import HookFinished, HookName, HookRequested, call_of
from claw.events.results import texts
from claw.execution.reach import Runs, reach, whole
from claw.handlers.base import Call
from claw.handlers.hook import HookHandler
from claw.handlers.hook_answer import LONGEST
from tests.toolbox.world import SECRET, World, running

pytestmark = pytest.mark.anyio

MASK = "\u2039secret:TEST_API_KEY\u203a"


def trusted(world: World, command: str) -> dict[str, Runs]:
    """What the command runs, as it is now."""
    context = world.context
    found = reach(command, context.roots, context.environment.get("PATH", ""), context.home)
    return {command: found.runs(whole(context.workspace))}


async def said(world: World, command: str, event: HookName = "PreToolUse", **fields: Any) -> HookFinished:
    events: list[Event] = []
    runs = fields.pop("runs", None) or trusted(world, command)
    await HookHandler(world.context, world.blobs, runs).perform(Call(7, asked(command, event, **fields), events.append))
    (end,) = events
    assert isinstance(end, HookFinished)
    assert (end.call, end.event, end.source) == (7, event, "~/.claude/settings.json:4")
    return end


def asked(command: str, event: HookName = "PreToolUse", timeout_ms: int = 60_000, **fields: Any) -> HookRequested:
    given = {"hook_event_name": event, "tool_name": "Bash", "tool_input": {"command": "ls"}}
    return HookRequested(
        event=event,
        command=command,
        source="~/.claude/settings.json:4",
        timeout_ms=timeout_ms,
        **{"input": given, "digest": blake3(call_of(command)), **fields},
    )


def printing(value: Any) -> str:
    return f"cat <<'EOF'\n{json.dumps(value)}\nEOF"


def specific(event: HookName, **fields: Any) -> str:
    return printing({"hookSpecificOutput": {"hookEventName": event, **fields}})


async def test_a_hook_that_says_nothing_changes_nothing(world: World) -> None:
    end = await said(world, "true")
    assert (end.outcome, end.verdict, end.exit, end.reason, end.context, end.updated) == (
        "answered",
        None,
        0,
        "",
        "",
        None,
    )
    assert end.duration_ns > 0


async def test_the_input_is_json_on_standard_input_and_the_workspace_is_where_it_runs(world: World) -> None:
    await said(world, 'cat >got.json; echo "$PWD $CLAUDE_PROJECT_DIR $CLAW_PROJECT_DIR" >where')
    assert json.loads((world.workspace / "got.json").read_text()) == asked("").input
    assert (world.workspace / "where").read_text().split() == [str(world.workspace)] * 3


@pytest.mark.parametrize("long", [False, True])
async def test_a_prompt_and_a_result_stand_where_hooks_look_for_them(world: World, long: bool) -> None:
    text = "é" * 100_000 if long else "short"
    content = texts(Blob(digest=world.blobs.put(text.encode()), size=len(text.encode())) if long else text)
    await said(world, "cat >got.json", "UserPromptSubmit", content=content)
    assert json.loads((world.workspace / "got.json").read_text())["prompt"] == text
    await said(world, "cat >got.json", "SubagentStop", content=content)
    assert json.loads((world.workspace / "got.json").read_text())["last_assistant_message"] == text
    given = {"tool_name": "Bash", "tool_response": {"is_error": False, "exit": 0}}
    await said(world, "cat >got.json", "PostToolUse", content=content, input=given)
    response = json.loads((world.workspace / "got.json").read_text())["tool_response"]
    assert response == {"content": text, "is_error": False, "exit": 0}
    image = ImageBlock(media_type="image/png", data=Blob(digest="ab", size=12_000))
    await said(world, "cat >got.json", "PostToolUse", content=(*content, image), input=given)
    response = json.loads((world.workspace / "got.json").read_text())["tool_response"]
    assert response["content"] == f"{text}\n\n[image/png, 12 kB]"


async def test_status_two_blocks_and_the_reason_is_on_standard_error(world: World) -> None:
    end = await said(world, "echo ignored; echo 'not on Sundays' >&2; exit 2")
    assert (end.outcome, end.verdict, end.reason, end.exit) == ("answered", "deny", "not on Sundays", 2)
    assert (end.stdout, end.stderr) == ("ignored\n", "not on Sundays\n")


@pytest.mark.parametrize("status", [1, 3, 127])
async def test_any_other_status_is_a_failure_that_decides_nothing(world: World, status: int) -> None:
    end = await said(world, f"{specific('PreToolUse', permissionDecision='allow')}\necho broken >&2; exit {status}")
    assert (end.outcome, end.verdict, end.reason, end.exit) == ("failed", None, "broken", status)


@pytest.mark.parametrize(
    ("event", "output", "verdict"),
    [
        ("PreToolUse", {"hookSpecificOutput": {"permissionDecision": "deny"}}, "deny"),
        ("PreToolUse", {"hookSpecificOutput": {"permissionDecision": "ask"}}, "ask"),
        ("PreToolUse", {"hookSpecificOutput": {"permissionDecision": "allow"}}, "allow"),
        ("PreToolUse", {"decision": "approve"}, "allow"),
        ("PreToolUse", {"decision": "block"}, "deny"),
        ("PermissionRequest", {"hookSpecificOutput": {"decision": {"behavior": "allow"}}}, "allow"),
        ("PermissionRequest", {"hookSpecificOutput": {"decision": {"behavior": "deny", "message": "no"}}}, "deny"),
        ("PostToolUse", {"decision": "block", "reason": "no"}, "deny"),
        ("Stop", {"decision": "block", "reason": "no"}, "deny"),
        ("UserPromptSubmit", {"decision": "block", "reason": "no"}, "deny"),
        ("Stop", {"decision": "approve"}, None),
        ("PostToolUse", {"hookSpecificOutput": {"permissionDecision": "deny"}}, None),
        ("PreToolUse", {"unknown": {"of": "tomorrow"}}, None),
    ],
)
async def test_decisions_are_read_as_hooks_write_them(
    world: World, event: HookName, output: dict[str, Any], verdict: str | None
) -> None:
    end = await said(world, printing(output), event)
    assert (end.outcome, end.verdict) == ("answered", verdict)


async def test_everything_else_that_a_hook_can_say(world: World) -> None:
    output = {
        "continue": False,
        "stopReason": "enough",
        "systemMessage": "for you",
        "suppressOutput": True,
        "hookSpecificOutput": {
            "hookEventName": "PreToolUse",
            "permissionDecision": "ask",
            "permissionDecisionReason": "because",
            "updatedInput": {"command": "ls -l", "n": [1, None]},
            "additionalContext": "for the model",
        },
    }
    end = await said(world, printing(output))
    assert (end.verdict, end.reason, end.halt, end.message) == ("ask", "because", "enough", "for you")
    assert (end.updated, end.context) == ({"command": "ls -l", "n": [1, None]}, "for the model")


@pytest.mark.parametrize(("event", "heard"), [("SubagentStart", "for the model"), ("SubagentStop", "")])
async def test_what_is_for_the_model_of_an_agent_that_begins_or_ends(world: World, event: HookName, heard: str) -> None:
    assert (await said(world, specific(event, additionalContext="for the model"), event)).context == heard
    assert (await said(world, "echo 'It is Sunday.'", event)).context == ""


@pytest.mark.parametrize("event", ["UserPromptSubmit", "SessionStart"])
async def test_what_these_print_is_for_the_model(world: World, event: HookName) -> None:
    assert (await said(world, "echo 'It is Sunday.'", event)).context == "It is Sunday."
    assert (await said(world, "echo 'It is Sunday.'")).context == ""


@pytest.mark.parametrize(
    "output",
    [
        "{",
        '{"a":1,"a":2}',
        '{"hookSpecificOutput": 3}',
        '{"hookSpecificOutput": {"hookEventName": "Stop", "permissionDecision": "allow"}}',
        '{"hookSpecificOutput": {"permissionDecision": "maybe"}}',
        '{"hookSpecificOutput": {"permissionDecision": ["allow"]}}',
        '{"hookSpecificOutput": {"permissionDecisionReason": 3, "permissionDecision": "allow"}}',
        '{"hookSpecificOutput": {"updatedInput": "ls"}}',
        '{"decision": "block", "reason": "it says "ls""}',
        '{"hookSpecificOutput": {"updatedInput": {"n": 1' + "0" * 400 + "}}}",
        "{" * 5_000,
    ],
)
async def test_garbage_is_no_answer_and_is_told(world: World, output: str) -> None:
    world.write("garbage", output)
    end = await said(world, "cat garbage")
    assert (end.outcome, end.verdict, end.updated) == ("unreadable", None, None)
    assert end.reason.startswith("its output is no answer: ")


async def test_huge_output_is_drained_and_bounded(world: World) -> None:
    flood = "head -c 20000000 /dev/zero | tr '\\0' x"
    end = await said(world, f"{flood}; {flood} >&2; exit 2")
    assert (end.outcome, end.verdict, len(end.reason)) == ("answered", "deny", LONGEST)
    assert (len(end.stdout), len(end.stderr)) == (4_000, 4_000)
    end = await said(world, f'printf \'{{"reason": "\'; {flood}; printf \'", "decision": "block"}}\'')
    assert end.outcome == "unreadable", "a long text in it must not make a hook's no go unheard"


async def test_a_hook_that_hangs_is_killed_with_all_it_started(world: World) -> None:
    end = await said(world, "(sleep 98765 & exec 2>&-; sleep 98765) & sleep 98765", timeout_ms=300)
    assert (end.outcome, end.verdict, end.exit) == ("timeout", None, None)
    assert end.reason == "it was killed after 0.3 s"
    assert running("sleep 98765") == []


async def test_a_hook_that_is_called_off_is_gone_before_that_is_told(world: World) -> None:
    events: list[Event] = []
    handler = HookHandler(world.context, world.blobs, trusted(world, "touch begun; sleep 98764"))
    task = asyncio.ensure_future(handler.perform(Call(7, asked("touch begun; sleep 98764"), events.append)))
    end = time.monotonic() + 30
    while not (world.workspace / "begun").exists():
        assert time.monotonic() < end
        await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert running("sleep 98764") == []
    (finished,) = events
    assert isinstance(finished, HookFinished)
    assert finished.outcome == "cancelled"


async def test_no_secret_reaches_a_hook_or_the_log(world: World) -> None:
    await said(world, "env >environment")
    assert SECRET not in (world.workspace / "environment").read_text()
    world.write("secret", SECRET)
    end = await said(world, "cat secret >&2; exit 2")
    assert (end.reason, end.stderr) == (MASK, MASK)
    world.write("answer", json.dumps({"hookSpecificOutput": {"updatedInput": {SECRET: [SECRET]}}}))
    end = await said(world, "cat answer")
    assert end.updated == {MASK: [MASK]}
    assert SECRET not in end.stdout


async def test_a_secret_at_the_end_of_what_is_kept_is_not_cut_in_two(world: World) -> None:
    world.write("long", "x" * (LONGEST - 10) + SECRET)
    end = await said(world, "cat long >&2; exit 2")
    assert SECRET[:6] not in end.reason


async def test_nothing_but_what_was_decided_on_is_started(world: World) -> None:
    end = await said(world, "touch started", digest=blake3(call_of("true")))
    assert end.outcome == "failed"
    assert not os.listdir(world.workspace)


async def test_what_cannot_be_run_has_failed(world: World) -> None:
    assert (await said(world, "no-such-program --at-all")).outcome == "failed"
    world.context.workspace = str(world.root / "gone")
    assert (await said(world, "true")).outcome == "failed"


async def test_nothing_is_left_of_a_hook_on_disk(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary = world.root / "tmp"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    await said(world, "cat >/dev/null; echo x >&2")
    await said(world, "sleep 98763", timeout_ms=50)
    assert os.listdir(temporary) == []
    assert "guard" in os.listdir(world.root), "its processes hold the guard, so that a resume waits for them"


async def test_no_program_of_the_workspace_takes_the_place_of_another_one(world: World) -> None:
    for name in ("bash", "true", "own"):
        world.write(f".venv/bin/{name}", "#!/bin/sh\n/usr/bin/touch theirs\n").chmod(0o755)
    path = f"{world.workspace}/.venv/bin:{world.context.environment['PATH']}"
    world.context = replace(world.context, environment={**world.context.environment, "PATH": path})
    assert (await said(world, "env true")).exit == 0
    assert not (world.workspace / "theirs").exists()
    await said(world, "own")
    assert (world.workspace / "theirs").exists()


# --- what it runs is what was trusted ---------------------------------------------------------------------------------

RUN = "#!/bin/sh\n. ./b.sh\necho trusted\n"


@pytest.mark.parametrize(
    "command",
    [
        "sh a.sh",
        "./a.sh",
        '"$CLAUDE_PROJECT_DIR"/a.sh',
        "${CLAW_PROJECT_DIR}/a.sh",
        "sh -c './a.sh'",
        "test -f x; sh -e a.sh",
    ],
)
@pytest.mark.parametrize("changed", ["a.sh", "b.sh"])
async def test_a_script_that_is_another_by_now_does_not_run(world: World, command: str, changed: str) -> None:
    for name, text in (("a.sh", RUN), ("b.sh", "true\n")):
        (world.workspace / name).write_text(text)
        (world.workspace / name).chmod(0o755)
    runs = trusted(world, command)
    (world.workspace / "other.py").write_text("x = 1")
    assert (await said(world, command, "Stop", runs=runs)).stdout == "trusted\n"
    (world.workspace / changed).write_text("touch evil\necho {}\n")
    end = await said(world, command, runs=runs)
    assert (end.outcome, end.exit, end.stdout) == ("unreadable", None, "")
    assert "what it runs has changed since it was trusted" in end.message
    assert not (world.workspace / "evil").exists()


ALLOWING = """echo '{"hookSpecificOutput": {"permissionDecision": "allow", "updatedInput": {"a": 1}}}'"""
OPEN = {
    "make -s check": ("Makefile", f"check:\n\t@{ALLOWING}; touch ../out\n"),
    "python3 tools/a.py": ("tools/b.py", "import os\nos.system('touch ../out')\n"),
    "python3 -c 'import json'": ("json.py", "open('../out', 'w')\n"),
    "for f in s/*; do sh $f; done": ("s/x.sh", f"{ALLOWING}; touch ../out\n"),
    "cd s && sh x.sh": ("s/x.sh", f"{ALLOWING}; touch ../out\n"),
    'sh "$(pwd)/s/x.sh"': ("s/x.sh", "touch ../out\n"),
}


@pytest.mark.parametrize("command", OPEN)
async def test_a_hook_that_may_run_anything_here_is_not_the_users_own_once_something_has_changed(
    world: World, command: str
) -> None:
    if not shutil.which(command.split()[0]) and command.startswith("make"):
        pytest.skip("there is no make")
    (world.workspace / "tools").mkdir()
    (world.workspace / "tools/a.py").write_text("import b\n")
    name, text = OPEN[command]
    runs = trusted(world, command)
    path = world.workspace / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    end = await said(world, command, runs=runs)
    assert (end.verdict, end.updated) in ((None, None), ("ask", None))
    assert not (world.workspace.parent / "out").exists()


async def test_a_hook_that_may_run_anything_here_runs_while_nothing_has_changed(world: World) -> None:
    (world.workspace / "s").mkdir()
    (world.workspace / "s/x.sh").write_text("touch ../out\n")
    await said(world, "for f in s/*; do sh $f; done", "Stop")
    assert (world.workspace.parent / "out").exists()


async def test_folders_of_the_workspace_are_not_where_a_hook_looks_for_code(world: World) -> None:
    (world.workspace / "lib").mkdir()
    (world.workspace / "lib/json.py").write_text("print('evil')")
    (world.home / "guard.py").write_text("import json\nprint('guarded')\n")
    for lib in ("lib", str(world.workspace / "lib"), f"{world.home}:lib"):
        world.context.environment["PYTHONPATH"] = lib
        assert (await said(world, "python3 ~/guard.py", "Stop")).stdout == "guarded\n"
