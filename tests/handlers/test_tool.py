"""A call of a tool has one end, whatever the tool does."""

from __future__ import annotations

import asyncio
import base64
import threading
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import anyio
import pytest

from claw._native import blake3
from claw.errors import ToolError
from claw.events.base import Blob, Event
from claw.events.content import DocumentBlock, ImageBlock, ResourceLinkBlock, TextBlock
from claw.events.results import texts
from claw.events.tool import (
    ResolveRequested,
    ToolFinished,
    ToolInterrupted,
    ToolOutput,
    ToolResolved,
    ToolStarted,
    call_bytes,
)
from claw.events.tools import ToolSpec, Traits
from claw.execution.context import Facts, ToolContext
from claw.execution.threads import finished
from claw.handlers.base import Call
from claw.handlers.resolve import ResolveHandler
from claw.handlers.tool import ToolHandler
from claw.tools.arguments import Arguments
from claw.tools.base import Outcome, Report
from tests.toolbox.world import BY_NAME, SECRET, Result, World

pytestmark = pytest.mark.anyio


class NoArguments(Arguments, frozen=True):
    pass


class Fake:
    """A tool that does what a test says."""

    spec = ToolSpec(name="Fake", description="", schema="{}")
    arguments: type[Arguments] = NoArguments

    def __init__(self, does: Callable[[Report], Awaitable[Outcome]]) -> None:
        self._does = does

    def paths(self, arguments: Arguments) -> tuple[tuple[str, str], ...]:
        return ()

    async def run(self, arguments: dict[str, Any], facts: Facts, context: ToolContext, report: Report) -> Outcome:
        return await self._does(report)


def prepared(
    world: World, does: Callable[[Report], Awaitable[Outcome]]
) -> tuple[Callable[[], Coroutine[Any, Any, None]], Result]:
    result = Result([], world.blobs)
    handler = ToolHandler({Fake.spec.name: Fake(does)}, world.context, world.blobs)
    call = Call(
        8,
        ToolStarted(request=1, name="Fake", arguments={}, digest=blake3(call_bytes("Fake", {}, ()))),
        result.events.append,
    )
    return lambda: handler.perform(call), result


async def ran(world: World, does: Callable[[Report], Awaitable[Outcome]]) -> Result:
    perform, result = prepared(world, does)
    await perform()
    assert result.end.call == 8
    return result


async def test_an_error_of_the_tool_is_told_to_the_model(world: World) -> None:
    async def does(report: Report) -> Outcome:
        raise ToolError("It did not work.", hint="Try the other way.")

    assert (await ran(world, does)).error == "It did not work. Try the other way."


async def test_a_defect_of_the_tool_is_told_without_its_traceback(world: World) -> None:
    async def does(report: Report) -> Outcome:
        raise ZeroDivisionError(f"with {SECRET}")

    result = await ran(world, does)
    assert result.error == "Fake failed unexpectedly: ZeroDivisionError: with \u2039secret:TEST_API_KEY\u203a"


async def test_an_unknown_tool_is_an_error(world: World) -> None:
    events: list[Event] = []
    call = Call(8, ToolStarted(request=1, name="Nothing", arguments={}), events.append)
    await ToolHandler({}, world.context, world.blobs).perform(call)
    assert Result(events, world.blobs).error == "There is no tool named Nothing."


async def test_a_call_that_was_made_under_another_declaration_does_nothing(world: World) -> None:
    acted: list[str] = []

    async def does(report: Report) -> Outcome:
        acted.append("it")
        return Outcome("done")

    events: list[Event] = []
    digest = blake3(call_bytes("Fake", {}, ()))
    intent = ToolStarted(request=1, name="Fake", arguments={}, digest=digest, traits=Traits(footprint="read"))
    await ToolHandler({Fake.spec.name: Fake(does)}, world.context, world.blobs).perform(Call(8, intent, events.append))
    assert Result(events, world.blobs).error == (
        "Fake is declared otherwise since this call was made. Make the call again."
    )
    assert not acted


async def test_what_a_tool_forgot_to_mask_is_masked(world: World) -> None:
    async def does(report: Report) -> Outcome:
        return Outcome(f"a {SECRET} b", output=f"long {SECRET}")

    result = await ran(world, does)
    assert result.text == "a \u2039secret:TEST_API_KEY\u203a b"
    assert result.load(result.finished.output) == "long \u2039secret:TEST_API_KEY\u203a"


@pytest.mark.parametrize("room", [200, 2_000, 9_000])
async def test_a_result_gets_no_more_room_than_its_intent_says_and_is_kept_whole(world: World, room: int) -> None:
    content = "first " + "\u4e2d" * 1_500 + SECRET + "\u4e2d" * 1_500 + " last"

    async def does(report: Report) -> Outcome:
        return Outcome(content)

    events: list[Event] = []
    digest = blake3(call_bytes("Fake", {}, ()))
    intent = ToolStarted(request=1, name="Fake", arguments={}, digest=digest, room=room)
    await ToolHandler({Fake.spec.name: Fake(does)}, world.context, world.blobs).perform(Call(8, intent, events.append))
    result = Result(events, world.blobs)
    assert len(result.text.encode()) <= room + 50
    assert SECRET[:8] not in result.text
    assert "left out here" in result.text
    assert result.load(result.finished.output).startswith("first ")
    assert room < 1_000 or (result.text.startswith("first ") and result.text.endswith(" last"))


@pytest.mark.parametrize(
    ("content", "output", "inline"),
    [
        ("x" * 65536, None, (True, True)),
        ("x" * 65537, None, (False, True)),
        ("ä" * 32769, None, (False, True)),
        ("x" * 30000, "y" * 35536, (True, True)),
        ("x" * 30000, "y" * 35537, (True, False)),
        ("x" * 70000, "y" * 65536, (False, True)),
        ("", "", (True, True)),
    ],
)
async def test_only_so_much_as_room_is_reserved_for_is_inline(
    world: World, content: str, output: str | None, inline: tuple[bool, bool]
) -> None:
    async def does(report: Report) -> Outcome:
        return Outcome(content, output=output)

    end = (await ran(world, does)).finished
    texts_told = [block.text for block in end.content if isinstance(block, TextBlock)]
    assert (not any(isinstance(text, Blob) for text in texts_told), not isinstance(end.output, Blob)) == inline
    result = Result([end], world.blobs)
    assert result.text == content
    assert (end.output if end.output is None else result.load(end.output)) == output


async def test_pieces_come_before_the_end_and_are_all_there(world: World) -> None:
    async def does(report: Report) -> Outcome:
        for number in range(1000):
            report(f"{number}\n")
        return Outcome("done")

    result = await ran(world, does)
    assert result.streamed == "".join(f"{number}\n" for number in range(1000))
    assert len(result.pieces) == 1


async def test_a_large_piece_is_divided(world: World) -> None:
    async def does(report: Report) -> Outcome:
        report("x" * 20_000)
        return Outcome("done")

    assert [len(piece.text) for piece in (await ran(world, does)).pieces] == [8192, 8192, 3616]


async def test_what_waits_is_let_go_though_nothing_follows(world: World) -> None:
    go = anyio.Event()

    async def does(report: Report) -> Outcome:
        report("early")
        await go.wait()
        return Outcome("done")

    perform, result = prepared(world, does)
    async with anyio.create_task_group() as group:
        group.start_soon(perform)
        while not result.events:  # noqa: ASYNC110 - there is no other sign
            await anyio.sleep(0.01)
        assert result.events == [ToolOutput(call=8, index=0, text="early")]
        go.set()
    assert result.text == "done"
    assert result.streamed == "early"


@pytest.mark.parametrize("how", ["scope", "task"])
async def test_a_cancelled_call_keeps_what_it_had_said(world: World, how: str) -> None:
    async def does(report: Report) -> Outcome:
        report("half a")
        await anyio.sleep_forever()
        raise AssertionError

    perform, result = prepared(world, does)
    if how == "scope":
        async with anyio.create_task_group() as group:
            group.start_soon(perform)
            await anyio.wait_all_tasks_blocked()
            group.cancel_scope.cancel()
    else:
        task = asyncio.ensure_future(perform())
        await anyio.wait_all_tasks_blocked()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert result.end == ToolInterrupted(call=8, reason="cancelled", content=texts("half a"))
    assert result.streamed == "half a"


@pytest.mark.parametrize("how", ["scope", "task"])
async def test_what_was_done_before_the_cancellation_arrived_is_told_as_done(world: World, how: str) -> None:
    begun, go = threading.Event(), threading.Event()

    def work() -> Outcome:
        begun.set()
        assert go.wait(30)
        return Outcome("written")

    async def does(report: Report) -> Outcome:
        return await finished(work)

    perform, result = prepared(world, does)
    scope = anyio.CancelScope()

    async def scoped() -> None:
        with scope:
            await perform()
            await anyio.sleep_forever()

    task = asyncio.ensure_future(scoped())
    await asyncio.to_thread(begun.wait, 30)
    if how == "scope":
        scope.cancel()
    else:
        task.cancel()
        await anyio.lowlevel.checkpoint()
        task.cancel()
    go.set()
    await asyncio.wait({task})
    assert task.cancelled() is (how == "task"), "the cancellation was let through"
    assert isinstance(result.end, ToolFinished)
    assert result.text == "written"


async def test_a_check_that_fails_unexpectedly_still_ends(world: World) -> None:
    class Defective(Fake):
        def paths(self, arguments: Arguments) -> tuple[tuple[str, str], ...]:
            raise ValueError("a defect")

    async def does(report: Report) -> Outcome:
        return Outcome("")

    events: list[Event] = []
    call = Call(4, ResolveRequested(request=1, name="Fake", arguments={}), events.append)
    await ResolveHandler({Defective.spec.name: Defective(does)}, world.context).perform(call)
    assert events == [ToolResolved(call=4, error="Fake could not be checked: ValueError: a defect")]


async def test_a_cancelled_check_still_ends(world: World) -> None:
    events: list[Event] = []
    call = Call(4, ResolveRequested(request=1, name="Read", arguments={"file_path": "a"}), events.append)
    from_world = ResolveHandler(BY_NAME, world.context)
    with anyio.CancelScope() as scope:
        scope.cancel()
        await from_world.perform(call)
    assert [type(event) for event in events] == [ToolResolved]


IMAGE = ImageBlock(media_type="image/png", data=base64.b64encode(bytes(9_000)).decode(), width=600, height=500)


@pytest.mark.parametrize(("room", "whole"), [(None, True), (3_300, True), (3_250, True), (2_500, False)])
async def test_an_image_has_its_room_or_a_sentence_has_its_place(world: World, room: int | None, whole: bool) -> None:
    async def does(report: Report) -> Outcome:
        return Outcome((IMAGE, TextBlock(text=f"with {SECRET} " + "x" * 2_000)))

    events: list[Event] = []
    digest = blake3(call_bytes("Fake", {}, ()))
    intent = ToolStarted(request=1, name="Fake", arguments={}, digest=digest, room=room)
    await ToolHandler({Fake.spec.name: Fake(does)}, world.context, world.blobs).perform(Call(8, intent, events.append))
    image, text = Result(events, world.blobs).finished.content
    assert isinstance(text, TextBlock)
    assert SECRET[:8] not in str(text.text)
    if whole:
        assert isinstance(image, ImageBlock)
        assert isinstance(image.data, Blob)
        assert world.blobs.get(image.data.digest) == bytes(9_000)
    else:
        assert image == TextBlock(text="[image/png, 9 kB, left out here: the model has no room for it]")


async def test_blocks_share_what_one_event_holds(world: World) -> None:
    small = ImageBlock(media_type="image/gif", data="R0lG")
    link = ResourceLinkBlock(uri=f"file:///{SECRET}", name=SECRET)
    faulty = DocumentBlock(media_type="application/pdf", data="no base64" * 900)

    async def does(report: Report) -> Outcome:
        return Outcome(
            (TextBlock(text="x" * 40_000), TextBlock(text="y" * 40_000), small, link, faulty), output="z" * 40_000
        )

    end = (await ran(world, does)).finished
    first, second, image, found, document = end.content
    assert isinstance(first, TextBlock)
    assert isinstance(first.text, str)
    assert isinstance(second, TextBlock)
    assert isinstance(second.text, Blob)
    assert image == small
    assert isinstance(end.output, Blob)
    assert SECRET not in str(found)
    assert document == TextBlock(text="[application/pdf, 6 kB, left out here: its data is no base64]")
