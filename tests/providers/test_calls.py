"""Calls of a reply, whatever ids and places a provider gives them, and their results on the way back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from claw._native import BlobStore
from claw.events.base import Event
from claw.events.content import Api, Message, ToolResultBlock, ToolUseBlock
from claw.events.model import ModelFinished, ModelRequested
from claw.events.results import texts
from claw.handlers.base import Call
from claw.handlers.model import ModelHandler
from claw.handlers.reply import offered_name
from claw.providers import connect
from claw.providers.anthropic_wire import body_of as messages_body
from claw.providers.arguments import Arguments
from claw.providers.chat_wire import body_of as chat_body
from claw.providers.responses_wire import body_of as responses_body

from .odd_server import Answered, odd_server, sse
from .support import APIS, ask, no_blobs, said
from .test_odd_records import decode, plain

pytestmark = pytest.mark.anyio

IDS: dict[str, tuple[Any, Any, Any]] = {
    "of their own": ("a", "b", "c"),
    "the same": ("a", "a", "a"),
    "two the same": ("b", "a", "b"),
    "empty": ("", "", ""),
    "missing": (None, None, None),
    "some": ("", "a", None),
    "numbers": (1, 1, 2),
    "what claw might call them": ("call_7_1", "call_7_0", "call_7_2"),
    "too long and odd": ("x" * 99, "x" * 99, "é|"),
}
NAMES = ("Read", "Read", "Grep")


def records(api: Api, ids: tuple[Any, ...]) -> list[dict[str, Any]]:
    """Three calls whose arguments name their places."""
    calls = list(enumerate(zip(NAMES, ids, strict=True)))
    arguments = [f'{{"n":{n}}}' for n, _ in calls]
    if api == "openai-chat":
        pieces = [
            {"index": n, "id": id, "function": {"name": name, "arguments": arguments[n]}} for n, (name, id) in calls
        ]
        return [{"choices": [{"delta": {"tool_calls": pieces}}]}, {"choices": [{"finish_reason": "tool_calls"}]}]
    if api == "openai-responses":
        items = [
            {"type": "function_call", "call_id": id, "name": name, "arguments": arguments[n]} for n, (name, id) in calls
        ]
        done = [{"type": "response.output_item.done", "output_index": n, "item": item} for n, item in enumerate(items)]
        return [*done, {"type": "response.completed", "response": {"status": "completed", "output": items}}]
    blocks = [{"type": "tool_use", "id": id, "name": name, "input": {"n": n}} for n, (name, id) in calls]
    opened = [{"type": "content_block_start", "index": n, "content_block": block} for n, block in enumerate(blocks)]
    return [*opened, {"type": "message_stop"}]


async def finished(api: Api, body: bytes, blobs: BlobStore, seq: int = 7) -> tuple[ToolUseBlock, ...]:
    """The calls that the handler of this seq reports."""
    events: list[Event] = []
    environment = {"ANTHROPIC_API_KEY": "k", "OPENAI_API_KEY": "k"}
    handler = ModelHandler(lambda intent: connect(intent, environment), blobs, [], lambda *_: None, at_once=8)
    with odd_server(Answered(body)) as server:
        request = ask(api, tools=())
        intent = ModelRequested(
            purpose="turn",
            provider="p",
            api=api,
            model=request.model,
            base_url=server.url,
            parameters=request.parameters,
            attempt=1,
            digest="",
        )
        await handler.perform(Call(seq=seq, intent=intent, emit=lambda *told: events.extend(told), request=request))
        await handler.aclose()
    assert isinstance(events[-1], ModelFinished), events[-1]
    return tuple(block for block in events[-1].content if isinstance(block, ToolUseBlock))


def pairs(api: Api, body: dict[str, Any]) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """(id, arguments) of the calls and (id, text) of the results in a request."""
    if api == "openai-chat":
        calls = [call for one in body["messages"] for call in one.get("tool_calls", ())]
        results = [one for one in body["messages"] if one["role"] == "tool"]
        return (
            [(call["id"], call["function"]["arguments"]) for call in calls],
            [(one["tool_call_id"], one["content"]) for one in results],
        )
    if api == "openai-responses":
        items = body["input"]
        return (
            [(one["call_id"], one["arguments"]) for one in items if one["type"] == "function_call"],
            [(one["call_id"], one["output"]) for one in items if one["type"] == "function_call_output"],
        )
    blocks = [block for one in body["messages"] for block in one["content"]]
    return (
        [(one["id"], f'{{"n":{one["input"]["n"]}}}') for one in blocks if one["type"] == "tool_use"],
        [(one["tool_use_id"], one["content"]) for one in blocks if one["type"] == "tool_result"],
    )


BODIES: dict[Api, Any] = {"anthropic": messages_body, "openai-chat": chat_body, "openai-responses": responses_body}


@pytest.mark.parametrize("ids", IDS)
@pytest.mark.parametrize("api", APIS)
async def test_each_call_has_its_own_result_whatever_ids_a_server_gives(api: Api, ids: str, tmp_path: Any) -> None:
    """Two replies of the same server, so that ids repeat between replies, too."""
    blobs = BlobStore(str(tmp_path / "blobs"))
    body = sse(*records(api, IDS[ids]))
    conversation = [said("go")]
    for seq in (7, 8):
        calls = await finished(api, body, blobs, seq)
        assert [(call.name, call.arguments) for call in calls] == [
            (name, f'{{"n":{n}}}') for n, name in enumerate(NAMES)
        ]
        assert [call.id for call in calls] == [f"call_{seq}_{n}" for n in range(3)]
        results = tuple(ToolResultBlock(id=call.id, content=texts(f"of {call.arguments}")) for call in reversed(calls))
        conversation += [Message(role="assistant", blocks=calls), Message(role="user", blocks=results)]
    sent, results_sent = pairs(api, BODIES[api](ask(api, *conversation), no_blobs))
    assert len({id for id, _ in sent}) == 6
    assert [id for id, _ in sent] == [id for id, _ in results_sent]
    assert [text for _, text in results_sent] == [f"of {arguments}" for _, arguments in sent]
    if ids == "of their own":
        assert [id for id, _ in sent][:3] == ["a", "b", "c"], "the server's own ids go back where they can"


def test_calls_that_an_older_claw_recorded_under_one_id_keep_their_results() -> None:
    calls = tuple(ToolUseBlock(id="x", name="Bash", arguments=f'{{"n":{n}}}') for n in range(2))
    results = tuple(ToolResultBlock(id="x", content=texts(f"of {n}")) for n in range(2))
    conversation = (said("go"), Message(role="assistant", blocks=calls), Message(role="user", blocks=results))
    sent, back = pairs("openai-chat", chat_body(ask("openai-chat", *conversation), no_blobs))
    assert [text for _, text in back] == ["of 0", "of 1"]
    assert [id for id, _ in sent] == [id for id, _ in back]


# --- calls that only their names and the end of their arguments tell apart ------------------------------------------


def piece(name: str | None, arguments: Any, **rest: Any) -> dict[str, Any]:
    return {"function": {"name": name, "arguments": arguments}, **rest}


A, B = '{"p":"a"}', '{"p":"b"}'
TWO = [("Read", A), ("Read", B)]
APART: dict[str, list[list[dict[str, Any]]]] = {
    "no index, no id": [[piece("Read", A)], [piece("Read", B)]],
    "one record": [[piece("Read", A), piece("Read", B)]],
    "one index": [[piece("Read", A, index=0, id="")], [piece("Read", B, index=0, id="")]],
    "in pieces": [
        [piece("Read", "")],
        [piece(None, '{"p":')],
        [piece(None, '"a"}')],
        [piece("Read", "")],
        [piece(None, B)],
    ],
    "in pieces with an empty name": [
        [piece("Read", '{"p":"a')],
        [piece("", '"}')],
        [piece("Read", '{"p":"b')],
        [piece("", '"}')],
    ],
    "the name with each piece": [
        [piece("Read", '{"p":', index=0)],
        [piece("Read", '"a"}', index=0)],
        [piece("Read", '{"p":', index=0)],
        [piece("Read", '"b"}', index=0)],
    ],
    "an id of its own with each piece": [
        [piece("Read", '{"p":', index=0, id="1")],
        [piece(None, '"a"}', index=0, id="2")],
        [piece("Read", '{"p":', index=1, id="3")],
        [piece(None, '"b"}', index=1, id="4")],
    ],
    "ids and no index, mixed": [
        [piece("Read", '{"p":', id="1"), piece("Read", '{"p":', id="2")],
        [piece(None, '"b"}', id="2")],
        [piece(None, '"a"}', id="1")],
    ],
    "objects": [[piece("Read", {"p": "a"})], [piece("Read", {"p": "b"})]],
    "flat": [[{"name": "Read", "arguments": A}, {"name": "Read", "arguments": B}]],
    "a name that comes late": [
        [piece(None, '{"p":', index=0)],
        [piece("Read", '"a"}', index=0)],
        [piece("Read", B, index=1)],
    ],
}


@pytest.mark.parametrize("form", APART)
def test_two_calls_are_two(form: str) -> None:
    stream: list[dict[str, Any]] = [{"choices": [{"delta": {"tool_calls": pieces}}]} for pieces in APART[form]]
    content, completion = decode("chat", [*stream, {"choices": [{"finish_reason": "tool_calls"}]}])
    assert plain(content) == TWO
    assert completion.stop == "tool_use"


def test_a_call_of_the_older_form() -> None:
    deltas = [{"function_call": {"name": "Read", "arguments": '{"p":'}}, {"function_call": {"arguments": '"a"}'}}]
    assert plain(decode("chat", [{"choices": [{"delta": delta}]} for delta in deltas])[0]) == [("Read", A)]


def test_a_call_without_a_name_is_told_to_the_model() -> None:
    assert plain(decode("chat", [{"choices": [{"delta": {"tool_calls": [piece(None, A)]}}]}])[0]) == [("", A)]


def messages_blocks(*indexes: int | None) -> Iterator[dict[str, Any]]:
    for text, index in zip((A, B), indexes, strict=True):
        place = {} if index is None else {"index": index}
        yield {"type": "content_block_start", **place, "content_block": {"type": "tool_use", "id": "t", "name": "Read"}}
        yield {"type": "content_block_delta", **place, "delta": {"type": "input_json_delta", "partial_json": text}}


@pytest.mark.parametrize("indexes", [(0, 1), (0, 0), (None, None), (3, 1)])
def test_blocks_that_one_index_or_none_or_no_end_tells_apart(indexes: tuple[int | None, int | None]) -> None:
    assert plain(decode("messages", [*messages_blocks(*indexes), {"type": "message_stop"}])[0]) == TWO


@pytest.mark.parametrize(
    ("listed", "streamed"), [((A, B), ()), ((A, B), (B,)), ((B, A), (A, B)), ((), (A, B)), ((A, B), (A, B))]
)
def test_calls_of_a_whole_response_run_once(listed: tuple[str, ...], streamed: tuple[str, ...]) -> None:
    def item(arguments: str) -> dict[str, Any]:
        return {"type": "function_call", "call_id": "c", "name": "Read", "arguments": arguments}

    done = [{"type": "response.output_item.done", "item": item(one)} for one in streamed]
    response = {"status": "completed", "output": [item(one) for one in listed]}
    content, _ = decode("responses", [*done, {"type": "response.completed", "response": response}])
    assert sorted(plain(content)) == TWO


# --- names and arguments --------------------------------------------------------------------------------------------

OFFERED = ("Read", "Bash", "BashOutput", "TodoWrite", "read_all")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Read", "Read"),
        ("read", "Read"),
        ("READ", "Read"),
        (" Read\n", "Read"),
        ("functions.Read", "Read"),
        ("Read<|channel|>commentary", "Read"),
        ("todo_write", "TodoWrite"),
        ("bash-output", "BashOutput"),
        ("ReadAll", "read_all"),
        ("Reed", "Reed"),
        ("", ""),
    ],
)
def test_the_tool_that_a_name_means(name: str, meant: str) -> None:
    assert offered_name(name, OFFERED) == meant


def test_a_name_that_may_mean_two_tools_means_none() -> None:
    assert offered_name("BASH", ("Bash", "bash")) == "BASH"


@pytest.mark.parametrize(
    ("pieces", "told"),
    [
        (('{"a":', "1}"), '{"a":1}'),
        (({"a": 1},), '{"a":1}'),
        (('"{\\"a\\": 1}"',), '{"a": 1}'),
        (('"{\\"a\\"', ': 1}"'), '{"a": 1}'),
        (('"\\"{\\\\\\"a\\\\\\":1}\\""',), '{"a":1}'),
        (('"words"',), '"words"'),
        (("{}", '{"a":1}'), '{"a":1}'),
        (("{}",), "{}"),
        (({}, '{"a":1}'), '{"a":1}'),
        (("null",), ""),
        ((None, ""), ""),
        (("nul", "l and more"), "null and more"),
        (("[1]",), "[1]"),
        (('{"a": "x\\', '"}', '"}'), '{"a": "x\\"}"}'),
    ],
)
def test_arguments_in_any_form(pieces: tuple[Any, ...], told: str) -> None:
    arguments = Arguments()
    said = "".join(map(arguments.feed, pieces))
    assert said + arguments.end() == told
