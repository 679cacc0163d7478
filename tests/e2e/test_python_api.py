"""The Python API: a program opens sessions in its own process, over the real wire and with a real log."""

from __future__ import annotations

import asyncio
import importlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

import claw
from claw import Accept, Allow, Choices, Deny, Result, Session, Turn
from claw.errors import ClawError, InputConflict, ProviderError, TurnsExhausted, UsageError
from claw.events.base import Envelope
from claw.events.permission import PermissionAsked
from claw.events.question import PlanProposed, QuestionAsked
from tests.cli.live.world import PATIENCE, World, text, told, tool

ROOT = Path(__file__).parents[2]
ASK = {
    "questions": [
        {
            "question": "Which colour?",
            "header": "Colour",
            "multiSelect": False,
            "options": [{"label": "Red", "description": "a"}, {"label": "Blue", "description": "b"}],
        }
    ]
}


def run(work: Awaitable[Any]) -> Any:
    return asyncio.run(asyncio.wait_for(work, PATIENCE))  # type: ignore[arg-type]


def opened(world: World, **options: Any) -> Session:
    return Session(world.workspace, environ=world.environ, **options)


def write(name: str) -> dict[str, Any]:
    return tool("Write", {"file_path": name, "content": "x"})


async def yes(call: PermissionAsked) -> Allow:
    return Allow()


def whole(world: World, session: str) -> None:
    """The log verifies and replays."""
    for command in "verify", "replay":
        done = world.run(command, session)
        assert done.returncode == 0, told(done)


def answers(world: World, kind: str, session: str = "@last") -> list[dict[str, Any]]:
    return [event["data"] for event in world.events(session) if event["kind"] == kind]


def test_events_come_as_they_are_written_and_the_result_sums_them_up(world: World) -> None:
    world.serve(write("a"), text("Three ", "words."), text("Again."))

    async def talk() -> None:
        async with opened(world, allow=yes) as session:
            turn = session.send("go")
            events = [event async for event in turn]
            result = (await turn).check()
            assert (result.text, result.reason, result.turns, result.error) == ("Three words.", "done", 2, "")
            assert result.usage.output > 0
            assert events[0].kind == "input.received"
            assert events[-1].kind == "turn.finished"
            assert events == list(session.log.read(turn.seq, events[-1].seq))
            assert (await session.send("again")).text == "Again."
            assert session.state.usage.total.calls == 3
        assert len(session.log) == len(list(session.log))
        assert list(session.log)[-1].kind == "session.ended"

    run(talk())
    assert (world.workspace / "a").read_text() == "x"
    assert [one["how"] for one in answers(world, "permission.answered")] == ["program"]
    whole(world, "@last")


def test_turns_that_are_sent_together_follow_each_other(world: World) -> None:
    world.serve(text("one"), text("two"), text("three"))

    async def talk() -> list[str]:
        async with opened(world) as session:
            results = await asyncio.gather(*(session.send(word) for word in ("a", "b", "c")))
        return [result.text for result in results]

    assert run(talk()) == ["one", "two", "three"]


def test_sessions_beside_each_other_know_nothing_of_each_other(world: World) -> None:
    """Also where one of them fails; and they may be closed in another task and order than they were opened in."""
    world.serve(tool("Bash", {"command": "echo $WHO > who; cat who"}), text("first done"))
    first_environ = {**world.environ, "WHO": "first"}
    world.serve({**text("never"), "faults": [{"type": "status", "status": 401, "message": "no"}] * 9})
    other = world.root / "other"
    other.mkdir()

    async def talk() -> None:
        first = await Session(world.workspace, environ=first_environ, allow=yes).open()
        second = await Session(other, environ=world.environ).open()
        one, two = await asyncio.gather(first.send("go"), second.send("go"))
        assert (one.text, two.reason) == ("first done", "failed")
        with pytest.raises(ProviderError):
            two.check()
        await asyncio.create_task(first.close())
        await asyncio.gather(second.close(), second.close())

    run(talk())
    assert (world.workspace / "who").exists()
    assert os.listdir(other) == []
    assert len(world.sessions()) == 2
    for session in world.sessions():
        whole(world, session)


def test_a_program_denies_and_what_it_allows_for_the_session_is_no_wider_than_was_asked(world: World) -> None:
    asked: list[PermissionAsked] = []
    replies: list[Allow | Deny] = [Deny("not a"), Allow(scope="session"), Allow(scope="session", rule="Write(**)")]

    async def allow(call: PermissionAsked) -> Allow | Deny:
        asked.append(call)
        return replies[len(asked) - 1]

    echo = tool("Bash", {"command": "touch one"})
    world.serve(write("a"), echo, echo, write("b"), text("never"))

    async def talk() -> None:
        async with opened(world, allow=allow) as session:
            with pytest.raises(UsageError, match="none of those that were offered"):
                await session.send("go")

    run(talk())
    assert [call.name for call in asked] == ["Write", "Bash", "Write"]
    said = answers(world, "permission.answered")
    assert [(one["allowed"], one["how"], one.get("reason", "")) for one in said[:2]] == [
        (False, "program", "not a"),
        (True, "program", ""),
    ]
    assert said[2]["allowed"] is False
    assert [path.name for path in world.workspace.iterdir()] == ["one"]
    assert answers(world, "turn.finished")[-1]["reason"] == "interrupted"
    whole(world, "@last")


def test_without_functions_nobody_is_there(world: World) -> None:
    world.serve(write("a"), tool("AskUserQuestion", ASK), text("Without."))

    async def talk() -> None:
        async with opened(world) as session:
            result = await session.send("go")
            assert ([one.by for one in result.denials], result.code) == (["nobody"], 3)

    run(talk())
    assert [one["how"] for one in answers(world, "question.answered")] == ["headless"]


def test_questions_and_plans_are_put_to_the_program(world: World) -> None:
    world.serve(
        tool("AskUserQuestion", ASK),
        {**tool("AskUserQuestion", ASK), "expect": ['\\"Which colour?\\"=\\"Blue\\"']},
        {**tool("ExitPlanMode", {"plan": "1. Write."}), "expect": ["declined to answer"]},
        {**tool("ExitPlanMode", {"plan": "2. Write a."}), "expect": ["too short"]},
        {**write("a"), "expect": ["2. Write a."]},
        text("Done."),
    )
    said: list[list[Choices] | None] = [[Choices(chosen=("Blue",))], None]
    plans: list[str] = []

    async def answer(asked: QuestionAsked) -> list[Choices] | None:
        assert asked.questions[0].header == "Colour"
        return said.pop(0)

    async def review(proposed: PlanProposed) -> Accept | Deny:
        plans.append(proposed.plan)
        return Accept(mode="acceptEdits") if len(plans) > 1 else Deny("too short")

    async def talk() -> None:
        async with opened(world, mode="plan", answer=answer, review=review) as session:
            assert (await session.send("go")).text == "Done."
            assert session.state.permissions.mode == "acceptEdits"

    run(talk())
    assert plans == ["1. Write.", "2. Write a."]
    assert [one["how"] for one in answers(world, "question.answered")] == ["program"] * 2
    assert [(one["how"], one["accepted"]) for one in answers(world, "plan.reviewed")] == [
        ("program", False),
        ("program", True),
    ]
    assert (world.workspace / "a").exists()
    whole(world, "@last")


@pytest.mark.parametrize(
    ("name", "reply"),
    [
        ("allow", write("a")),
        ("answer", tool("AskUserQuestion", ASK)),
        ("review", tool("ExitPlanMode", {"plan": "1. Write."})),
    ],
)
def test_what_a_function_of_the_program_raises_is_a_no_and_is_raised(
    world: World, name: str, reply: dict[str, Any]
) -> None:
    world.serve(reply, text("Later."))

    async def broken(asked: object) -> Any:
        raise ZeroDivisionError("of the program's")

    async def talk() -> None:
        mode = "plan" if name == "review" else "default"
        async with opened(world, mode=mode, **{name: broken}) as session:
            with pytest.raises(ZeroDivisionError):
                await session.send("go")
            assert (await session.send("and now?")).text == "Later."

    run(talk())
    assert os.listdir(world.workspace) == []
    assert [one["reason"] for one in answers(world, "turn.finished")] == ["interrupted", "done"]
    whole(world, "@last")


def test_an_answer_that_says_neither_is_a_no(world: World) -> None:
    async def odd(call: PermissionAsked) -> Any:
        return True

    world.serve(write("a"), text("never"))

    async def talk() -> None:
        async with opened(world, allow=odd) as session:
            with pytest.raises(TypeError, match="neither yes nor no"):
                await session.send("go")

    run(talk())
    assert os.listdir(world.workspace) == []


def test_a_turn_is_steered_and_called_off(world: World) -> None:
    world.serve(
        tool("Bash", {"command": "true"}),
        {**text("Steered."), "expect": ["look to the left"]},
        tool("Bash", {"command": "sleep 1000"}),
        text("After."),
    )

    async def talk() -> None:
        async with opened(world, mode="bypassPermissions") as session:
            with pytest.raises(UsageError, match="no turn is open"):
                await session.steer("too early")
            turn = session.send("go")
            async for event in turn:
                if event.kind == "tool.requested":
                    await session.steer("look to the left")
            assert (await turn).text == "Steered."
            turn = session.send("sleep")
            async for event in turn:
                if event.kind == "tool.started":
                    await session.interrupt()
            assert (await turn).reason == "interrupted"
            assert (await session.send("again")).text == "After."

    run(talk())
    whole(world, "@last")


def test_who_stops_listening_leaves_the_turn_as_it_is(world: World) -> None:
    world.serve(write("a"), text("Went on."), text("Next."))

    async def talk() -> None:
        async with opened(world, allow=yes) as session:
            turn = session.send("go")
            async for _ in turn:
                break
            assert (await session.send("next")).text == "Next."
            assert (await turn).text == "Went on."

    run(talk())


def test_an_input_with_an_id_is_done_once(world: World) -> None:
    """Also by another run of the session, which tells its answer again; with other words it is a conflict."""
    world.serve(write("a"), text("Once."), text("Other."))

    async def talk() -> None:
        async with opened(world, allow=yes) as session:
            first = await session.send("go", id="1")
            assert await session.send("go", id="1") == first
        async with Session.resume(session.id, environ=world.environ) as again:
            turn = again.send("go", id="1")
            events = [event async for event in turn]
            result = await turn
            assert (result.text, events[-1].kind) == ("Once.", "turn.finished")
            with pytest.raises(InputConflict):
                await again.send("something else", id="1")
            assert (await again.send("other", id="2")).text == "Other."

    run(talk())
    assert world.kinds().count("input.received") == 2


def test_a_session_is_forked_and_resumed(world: World) -> None:
    world.serve(text("one"), text("two"), text("on"))  # by how much of a conversation there is
    other = world.root / "other"
    other.mkdir()

    async def talk() -> None:
        async with opened(world, allow=yes, model="claude-sonnet-4-5") as session:
            await session.send("first")
            at = len(session.log) - 1
            await session.send("second")
            async with await session.fork(at, workspace=other) as fork:
                assert fork.id != session.id
                assert (await fork.send("and?")).text == "two"
                assert fork.state.session.workspace == str(other)
                assert [fork.load(event.data.text) for event in fork.log.read(kinds=["input.received"])] == [
                    "first",
                    "and?",
                ]
        async with Session.resume(session.id[:12], environ=world.environ) as again:
            assert again.id == session.id
            assert again.unfinished is None
            assert (await again.send("on")).text == "on"

    run(talk())
    for session in world.sessions():
        whole(world, session)


def test_what_a_killed_program_has_left_goes_on(world: World) -> None:
    """A turn that a kill has cut off is finished by the resume, and the log is whole."""
    script = f"""
import asyncio
from claw import Session

async def main():
    async with Session({str(world.workspace)!r}) as session:
        async for event in session.send("go"):
            if event.kind == "tool.started":
                print(session.id, flush=True)

asyncio.run(main())
"""
    world.serve(tool("Bash", {"command": "sleep 1000"}), text("Finished."))
    running = subprocess.Popen(
        [sys.executable, "-c", script, "--"],
        env={**world.environ, "PYTHONPATH": str(ROOT), "CLAUDE_CODE_SIMPLE": ""},
        cwd=world.workspace,
        stdout=subprocess.PIPE,
    )
    assert running.stdout is not None
    (world.home / ".claude").mkdir()
    (world.home / ".claude" / "settings.json").write_text('{"permissions": {"allow": ["Bash(sleep:*)"]}}')
    id = running.stdout.readline().decode().strip()
    running.send_signal(signal.SIGKILL)
    running.wait()
    running.stdout.close()

    async def go_on() -> None:
        async with Session.resume(id, environ=world.environ) as session:
            assert session.unfinished is not None
            assert (await session.unfinished).text == "Finished."

    run(go_on())
    whole(world, id)


def test_who_gives_up_waiting_may_go_on_and_a_close_ends_what_runs(world: World) -> None:
    """The turn goes on behind a wait that was cancelled; whoever waits while the session is closed is told its end."""
    world.serve(tool("Bash", {"command": "sleep 1000"}), text("Next."), tool("Bash", {"command": "sleep 1000"}))

    async def started(session: Session, turn: Turn) -> asyncio.Task[Result]:
        async def ended() -> Result:
            return await turn

        waiting = asyncio.create_task(ended())
        await session.until(lambda state: any(call[1] == "tool.started" for call in state.calls.values()))
        return waiting

    async def talk() -> None:
        session = await opened(world, mode="bypassPermissions").open()
        waiting = await started(session, session.send("sleep"))
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await session.interrupt()
        assert (await session.send("next")).text == "Next."
        waiting = await started(session, session.send("sleep again"))
        await session.close()
        assert (await waiting).reason == "interrupted"
        with pytest.raises(ClawError, match="ended"):
            await session.send("too late")

    run(talk())
    assert world.kinds()[-1] == "session.ended"
    whole(world, "@last")


def test_other_instructions_stand_for_claw_s_own(world: World) -> None:
    world.serve(text("Aye."))

    async def talk() -> None:
        async with opened(world, system="You are a pirate.", append="Be brief.") as session:
            await session.send("go")
            assert session.state.session.prompts is not None
            assert session.state.session.prompts.system == "You are a pirate.\n\nBe brief."

    run(talk())


def test_limits_end_a_turn_and_are_said(world: World) -> None:
    world.serve(tool("Bash", {"command": "true"}), text("never"))

    async def talk() -> None:
        async with opened(world, mode="bypassPermissions", max_turns=1) as session:
            result = await session.send("go")
            assert result.reason == "turns"
            with pytest.raises(TurnsExhausted):
                result.check()

    run(talk())


def test_an_answer_as_data(world: World) -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    world.serve(tool("StructuredOutput", {"n": 7}), text("Seven."))

    async def talk() -> None:
        async with opened(world, schema=schema) as session:
            assert (await session.send("go")).output == {"n": 7}

    run(talk())


def test_a_program_that_is_slow_to_listen_misses_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where more comes than is kept in memory, events are read from the log."""
    monkeypatch.setattr("claw.api.turn.MOST_KEPT", 3)
    world.serve(text(*(f"{number} " for number in range(50))))

    async def talk() -> None:
        async with opened(world) as session:
            turn = session.send("go")
            seen: list[Envelope] = []
            async for event in turn:
                seen.append(event)
                await asyncio.sleep(0.02)
            assert [event.seq for event in seen] == list(range(turn.seq, seen[-1].seq + 1))
            assert seen[-1].kind == "turn.finished"

    run(talk())


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"mode": "nonsense"}, "no permission mode"),
        ({"max_turns": 0}, "at least 1"),
        ({"max_usd": -1}, "above 0"),
        ({"schema": {"type": "nonsense"}}, "schema"),
        ({"workspace": "/nowhere/at/all"}, "no folder"),
    ],
)
def test_options_that_cannot_be(world: World, options: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        Session(**{"workspace": world.workspace, "environ": world.environ, **options})


def test_a_session_that_is_not_open_says_so(world: World) -> None:
    async def talk() -> None:
        session = opened(world)
        with pytest.raises(UsageError, match="not open"):
            await session.send("x")
        world.serve(text("a"))
        async with opened(world) as session:
            pass
        with pytest.raises(UsageError, match="opened before"):
            await session.open()

    run(talk())


def test_what_is_offered_is_what_its_types_say() -> None:
    named = re.findall(
        r"^from (claw\S+) import (\w+) as \2$", (ROOT / "claw" / "__init__.pyi").read_text(), re.MULTILINE
    )
    assert {name for _, name in named} == {name for name in dir(claw) if name[0].isupper()}
    for module, name in named:
        assert getattr(claw, name) is getattr(importlib.import_module(module), name)
    with pytest.raises(AttributeError):
        claw.Nonsense  # type: ignore[attr-defined]  # noqa: B018


def test_the_command_line_loads_nothing_of_it(world: World) -> None:
    script = "import sys, claw.__main__; print([name for name in sys.modules if name.startswith('claw.api')])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


EXAMPLES = re.findall(r"^```python\n(.*?)^```", (ROOT / "docs" / "python.md").read_text(), re.DOTALL | re.MULTILINE)
Seen = Callable[[subprocess.CompletedProcess[str]], bool]
CASES: list[tuple[list[dict[str, Any]], list[str]]] = [
    ([text("A parser.")], ["A parser."]),
    ([tool("Write", {"file_path": "poem.txt", "content": "x"}), text("Roses", ".")], ["[Write]", "Roses.", "2 calls"]),
    (
        [tool("AskUserQuestion", ASK), write("colour.txt"), write("colour.py"), text("Red.")],
        ["Write Only text files are written here."],
    ),
    ([text("ok"), text("Seven."), text("Eight.")], ["Seven.", "Eight.", "session.started", "3"]),
]


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_the_examples_of_the_documentation_run(world: World, number: int) -> None:
    replies, words = CASES[number]
    world.serve(*replies)
    (world.workspace / "my-project").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", EXAMPLES[number]],
        env={**world.environ, "PYTHONPATH": str(ROOT)},
        cwd=world.workspace,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for word in words:
        assert word in done.stdout
    assert len(EXAMPLES) == len(CASES)
