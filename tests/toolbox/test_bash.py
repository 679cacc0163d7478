"""Bash runs a command, tells what it said, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import uuid

import anyio
import pytest

from claw import _native
from claw.events.base import Blob, Event
from claw.events.content import TextBlock
from claw.events.tool import ToolInterrupted, ToolOutput
from tests.toolbox.world import SECRET, Result, World, running

pytestmark = pytest.mark.anyio

STUBBORN = "trap '' TERM INT HUP; echo ready; while :; do sleep 0.05; done"
"""A shell that ignores what it may ignore."""


def named(command: str) -> tuple[str, str]:
    """The command, marked so that `running` finds it, and the mark."""
    mark = f"mark-{uuid.uuid4().hex}"
    return f": {mark}; {command}", mark


async def started(events: list[Event]) -> None:
    """Wait for the first piece of output."""
    while not any(isinstance(event, ToolOutput) for event in events):  # noqa: ASYNC110 - there is no other sign
        await anyio.sleep(0.01)


async def test_output_and_exit_status(world: World) -> None:
    result = await world.call("Bash", command="echo out; echo err >&2; pwd")
    assert result.text == f"out\nerr\n{world.workspace}"
    assert result.finished.exit == 0
    assert result.finished.output is None
    assert result.finished.duration_ns > 0
    assert result.streamed == f"out\nerr\n{world.workspace}\n"


async def test_a_failure_is_an_error_with_its_status(world: World) -> None:
    result = await world.call("Bash", command="echo sorry; exit 3")
    assert result.error == "sorry\n\nExit code 3"
    assert result.finished.exit == 3
    assert (await world.call("Bash", command="kill -9 $$")).error == "Exit code 137 (killed by signal 9)"


async def test_silence_is_said(world: World) -> None:
    result = await world.call("Bash", command="true")
    assert result.text == "(no output)"
    assert result.pieces == []


async def test_there_is_no_input_and_no_terminal(world: World) -> None:
    assert (await world.call("Bash", command="cat; tty; read x || echo eof")).text == "not a tty\neof"


async def test_with_a_terminal_there_is_one_and_what_it_shows_is_plain_text(world: World) -> None:
    command = r"tty -s && stty size; printf '\033[31mred\033[0m 1%%\r 2%%\033[K\n\033]0;title\007done'"
    result = await world.call("Bash", command=command, pty=True)
    assert result.text == "40 120\n 2%\ndone"
    assert result.streamed == result.text
    assert (await world.call("Bash", command="tty; exit 3")).error == "not a tty\n\nExit code 3"


async def test_a_terminal_ends_with_the_command_and_its_children(world: World) -> None:
    command, mark = named(f"echo up; {STUBBORN}")
    result = await world.call("Bash", command=command, pty=True, timeout=1000)
    assert result.error.startswith("up\nready\n")
    assert running(mark) == []


async def test_a_secret_is_masked_though_the_terminal_cuts_it(world: World) -> None:
    half = len(SECRET) // 2
    command = rf"printf '{SECRET[:half]}\033[1m{SECRET[half:]}\n'"
    result = await world.call("Bash", command=command, pty=True)
    assert result.text == "\u2039secret:TEST_API_KEY\u203a"
    assert SECRET[half:] not in result.streamed


async def test_neither_folder_nor_variables_carry_over(world: World) -> None:
    await world.call("Bash", command="cd /; export LEFT=over")
    assert (await world.call("Bash", command='pwd; echo "[$LEFT]"')).text == f"{world.workspace}\n[]"


async def test_a_timeout_kills_everything_and_says_so(world: World) -> None:
    command, mark = named(f'({STUBBORN}) & setsid bash -c "{STUBBORN}" & wait')
    result = await world.call("Bash", command=command, timeout=1500)
    assert "was killed, because it had not ended after 1.5 s" in result.error
    assert "ready" in result.error
    assert result.finished.exit is None
    assert running(mark) == []
    assert _native.wait_guard(world.context.guard, 0)


async def test_what_is_left_in_the_background_ends_with_the_command(world: World) -> None:
    command, mark = named("(nohup setsid bash -c ': $0; exec sleep 1000' >/dev/null 2>&1 &); echo done")
    assert (await world.call("Bash", command=command)).text == "done"
    assert running(mark) == []
    assert _native.wait_guard(world.context.guard, 0)


@pytest.mark.parametrize("how", ["scope", "task"])
async def test_a_cancelled_command_is_gone_and_its_output_kept(world: World, how: str) -> None:
    command, mark = named(f"echo one; {STUBBORN}")
    events: list[Event] = []
    facts = await world.facts("Bash", command=command)
    if how == "scope":
        async with anyio.create_task_group() as group:
            group.start_soon(lambda: world.run("Bash", facts, into=events, command=command))
            await started(events)
            assert running(mark)
            group.cancel_scope.cancel()
    else:
        task = asyncio.ensure_future(world.run("Bash", facts, into=events, command=command))
        await started(events)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    end = Result(events, world.blobs).end
    assert isinstance(end, ToolInterrupted)
    assert end.reason == "cancelled"
    (said,) = end.content
    assert isinstance(said, TextBlock)
    assert str(said.text).startswith("one\n")
    assert running(mark) == []
    assert _native.wait_guard(world.context.guard, 0)


async def test_a_call_cancelled_before_it_began_does_nothing(world: World) -> None:
    events: list[Event] = []
    with anyio.CancelScope() as scope:
        scope.cancel()
        await world.run("Bash", (), into=events, command="touch made")
    assert [type(event) for event in events] == [ToolInterrupted]
    assert list(world.workspace.iterdir()) == []


async def test_long_output_keeps_head_and_tail_and_the_whole_as_a_blob(world: World) -> None:
    result = await world.call("Bash", command="seq 1 100000")
    whole = "".join(f"{i}\n" for i in range(1, 100001))
    assert len(result.text) < 30_200
    assert result.text.startswith("1\n2\n")
    assert result.text.endswith("99999\n100000")
    assert "characters left out" in result.text
    assert isinstance(result.finished.output, Blob)
    assert result.load(result.finished.output) == whole
    assert result.streamed == whole


async def test_output_beyond_the_bound_is_counted_only(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("claw.execution.output.WHOLE_LIMIT", 100_000)
    result = await world.call("Bash", command="head -c 5000000 /dev/zero | tr '\\0' x; echo END")
    assert len(result.streamed) == 100_000
    assert result.load(result.finished.output).endswith("\n[4900004 more characters were not kept]")
    assert result.text.endswith("xEND")


async def test_pieces_are_gathered(world: World) -> None:
    result = await world.call("Bash", command="for i in $(seq 2000); do echo line $i; done")
    assert result.streamed.count("\n") == 2000
    assert len(result.pieces) < 100
    assert all(len(piece.text) <= 8192 for piece in result.pieces)


async def test_chatter_is_seen_while_the_command_runs(world: World) -> None:
    events: list[Event] = []
    async with anyio.create_task_group() as group:
        group.start_soon(lambda: world.run("Bash", (), into=events, command="echo first; until [ -e go ]; do :; done"))
        await started(events)
        assert [event.text for event in events if isinstance(event, ToolOutput)] == ["first\n"]
        world.write("go")
    assert Result(events, world.blobs).text == "first"


async def test_split_characters_and_broken_bytes(world: World) -> None:
    result = await world.call("Bash", command=r"printf '\xf0\x9f'; sleep 0.2; printf '\x98\x80 \xff \xe2\x82'")
    assert result.text == "😀 \ufffd \ufffd"
    assert result.streamed == result.text


async def test_a_secret_split_over_two_pieces_is_masked_in_both(world: World) -> None:
    half = len(SECRET) // 2
    command = f"printf 'a {SECRET[:half]}'; sleep 0.3; printf %s '{SECRET[half:]} b'"
    result = await world.call("Bash", command=command)
    assert result.text == "a \u2039secret:TEST_API_KEY\u203a b"
    assert result.streamed == result.text


async def test_a_secret_at_the_edge_of_what_is_shown_is_masked(world: World) -> None:
    command = (
        f"head -c {15_000 - 5} /dev/zero | tr '\\0' x; printf '%s' '{SECRET}'; head -c 40000 /dev/zero | tr '\\0' y"
    )
    result = await world.call("Bash", command=command)
    assert SECRET[:5] not in result.text
    assert SECRET[:5] not in result.load(result.finished.output)


async def test_a_recognisable_token_is_masked(world: World) -> None:
    token = "ghp_" + "a1B2" * 9
    result = await world.call(
        "Bash", command=f"echo {token[:20]}''{token[20:]}; printf 'x {token[:9]}'; sleep 0.2; printf '{token[9:]}'"
    )
    assert result.text == "\u2039secret:token\u203a\nx \u2039secret:token\u203a"
    assert result.streamed == result.text


async def test_the_environment_has_no_secret(world: World) -> None:
    text = (await world.call("Bash", command="env; cat /proc/self/environ | tr '\\0' '\\n'")).text
    assert "TEST_API_KEY" not in text
    assert "GIT_TERMINAL_PROMPT=0" in text
    assert f"HOME={world.home}" in text


async def test_without_bash_there_is_a_sensible_error(world: World) -> None:
    world.context.environment["PATH"] = str(world.home)
    assert "no bash on PATH" in (await world.call("Bash", command="true")).error


async def test_a_workspace_that_is_gone_is_an_error(world: World) -> None:
    world.workspace.rmdir()
    assert str(world.workspace) in (await world.call("Bash", command="true")).error


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        ({}, "command: Field required"),
        ({"command": ""}, "command: String should have at least 1 character"),
        ({"command": "true", "timeout": 600_001}, "timeout: Input should be less than or equal to 600000"),
        ({"command": "true", "timeout": 0}, "timeout: Input should be greater than 0"),
        ({"command": "true", "in_background": True}, "in_background: Extra inputs are not permitted"),
    ],
)
async def test_wrong_arguments_are_named(world: World, arguments: dict[str, object], wrong: str) -> None:
    assert (await world.resolved("Bash", **arguments)).error == f"Invalid arguments for Bash: {wrong}"


async def test_a_nul_in_the_command_is_an_error(world: World) -> None:
    assert "NUL" in (await world.call("Bash", command="echo \0")).error


async def test_several_run_at_once(world: World) -> None:
    results: dict[int, Result] = {}

    async def one(number: int) -> None:
        results[number] = await world.call("Bash", command=f"sleep 0.1; echo {number}; echo $$")

    async with anyio.create_task_group() as group:
        for number in range(8):
            group.start_soon(one, number)
    assert {number: result.text.split()[0] for number, result in results.items()} == {n: str(n) for n in range(8)}
