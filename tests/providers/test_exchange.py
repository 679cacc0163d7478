"""Whole exchanges over the real wire: the official SDKs against the scripted server, in all three APIs."""

from __future__ import annotations

from typing import Any

import pytest

from claw.events.content import Api, Message, TextBlock, ThinkingBlock, ToolResultBlock, ToolUseBlock, Usage
from claw.events.model import BlockOpened, OpaquePiece, TextPiece, UsageSeen
from claw.events.results import texts
from claw.providers.scripted import Reply, Scenario, Text, Thinking, Tokens, Tool

from .support import Serve, Talk, ask, replied, said

pytestmark = pytest.mark.anyio


async def test_text_arrives_in_pieces_and_whole(api: Api, serve: Serve, talk: Talk) -> None:
    server = await serve(Scenario(replies=(Reply(blocks=(Text(text=("Good ", "morning", "!")),)),)))
    heard = await talk(server, ask(api))
    assert heard.content == (TextBlock(text="Good morning!"),)
    assert [p.delta.text for p in heard.pieces if isinstance(p.delta, TextPiece)] == ["Good ", "morning", "!"]
    assert heard.completion.stop == "end_turn"
    assert heard.completion.model == ask(api).model
    assert heard.completion.response


async def test_parallel_tool_calls_keep_their_order_and_arguments(api: Api, serve: Serve, talk: Talk) -> None:
    calls = tuple(Tool(name="Bash", arguments={"command": f"echo {n}", "deep": {"é": [1, None]}}) for n in range(3))
    server = await serve(Scenario(replies=(Reply(blocks=(Text(text="Three at once."), *calls)),)))
    heard = await talk(server, ask(api))
    assert heard.completion.stop == "tool_use"
    uses = [block for block in heard.content if isinstance(block, ToolUseBlock)]
    assert [use.arguments for use in uses] == [f'{{"command":"echo {n}","deep":{{"é":[1,null]}}}}' for n in range(3)]
    assert len({use.id for use in uses}) == 3


async def test_arguments_that_are_no_json_arrive_as_written(api: Api, serve: Serve, talk: Talk) -> None:
    server = await serve(Scenario(replies=(Reply(blocks=(Tool(name="Bash", arguments='{"command": '),)),)))
    heard = await talk(server, ask(api))
    assert isinstance(heard.content[0], ToolUseBlock)
    assert heard.content[0].arguments == '{"command": '


async def test_a_call_without_arguments_arrives_without(api: Api, serve: Serve, talk: Talk) -> None:
    server = await serve(Scenario(replies=(Reply(blocks=(Tool(name="List", arguments=""),)),)))
    heard = await talk(server, ask(api))
    assert [b.arguments for b in heard.content if isinstance(b, ToolUseBlock)] == [""]


async def test_thinking_and_results_go_back_as_they_came(api: Api, serve: Serve, talk: Talk) -> None:
    """The server refuses thinking whose seal does not match, and results out of place."""
    server = await serve(
        Scenario(
            replies=(
                Reply(
                    blocks=(
                        Thinking(text="First, look around."),
                        Text(text="I look."),
                        Tool(name="Bash", arguments={"command": "ls"}),
                        Tool(name="Bash", arguments={"command": "pwd"}),
                    )
                ),
                Reply(expect=("First, look around.", "/somewhere", "a.txt"), blocks=(Text(text="Done."),)),
            )
        )
    )
    first = await talk(server, ask(api))
    thought, _, ls, pwd = first.content
    assert isinstance(thought, ThinkingBlock)
    assert isinstance(ls, ToolUseBlock)
    assert isinstance(pwd, ToolUseBlock)
    assert thought.text == "First, look around."
    assert thought.opaque
    results = (
        ToolResultBlock(id=pwd.id, content=texts("/somewhere")),
        ToolResultBlock(id=ls.id, content=texts("a.txt")),
    )
    answer = await talk(
        server, ask(api, said("Hello"), replied(*first.content), Message(role="user", blocks=results), said("So?"))
    )
    assert answer.content == (TextBlock(text="Done."),)
    raw = server.requests[1].raw
    assert raw.index("a.txt") < raw.index("/somewhere") < raw.index("So?"), "results in the order of the calls"


async def test_redacted_thinking_goes_back(serve: Serve, talk: Talk) -> None:
    server = await serve(
        Scenario(
            replies=(
                Reply(blocks=(Thinking(text="hidden", redacted=True), Text(text="Yes."))),
                Reply(expect=('"redacted_thinking"',), blocks=(Text(text="Still yes."),)),
            )
        )
    )
    first = await talk(server, ask("anthropic"))
    assert isinstance(first.content[0], ThinkingBlock)
    assert first.content[0].text == ""
    again = await talk(server, ask("anthropic", said("Hello"), replied(*first.content), said("Sure?")))
    assert again.content == (TextBlock(text="Still yes."),)


async def test_thinking_of_another_api_stays_behind(api: Api, serve: Serve, talk: Talk) -> None:
    foreign: Api = "openai-chat" if api == "anthropic" else "anthropic"
    blocks = (
        ThinkingBlock(api=foreign, text="alien thoughts", opaque='{"signature":"s"}'),
        TextBlock(text="Hi."),
        TextBlock(text=""),
        ToolUseBlock(id="fc|1:é", name="Bash", arguments="{}"),
    )
    result = Message(role="user", blocks=(ToolResultBlock(id="fc|1:é", content=texts("ok")),))
    server = await serve(Scenario(replies=(Reply(), Reply(refuse=("alien",), blocks=(Text(text="Fine."),)))))
    heard = await talk(server, ask(api, said("Hello"), replied(*blocks), result))
    assert heard.content == (TextBlock(text="Fine."),)


async def test_usage_excludes_the_cache_from_input(api: Api, serve: Serve, talk: Talk) -> None:
    usage = Tokens(input=11, output=70, cache_read=5000, cache_write=300, reasoning=20)
    server = await serve(Scenario(replies=(Reply(blocks=(Text(text="x"),), usage=usage),)))
    heard = await talk(server, ask(api))
    expected = Usage(input=11, output=70, cache_read=5000, cache_write=300, reasoning=20)
    assert heard.completion.usage == expected
    assert [p.delta.usage for p in heard.pieces if isinstance(p.delta, UsageSeen)][-1] == expected


async def test_an_interrupted_reply_has_usage_from_the_start(serve: Serve, talk: Talk) -> None:
    server = await serve(Scenario(replies=(Reply(blocks=(Text(text="x"),), usage=Tokens(input=11, output=70)),)))
    heard = await talk(server, ask("anthropic"))
    assert heard.pieces[0].delta == UsageSeen(usage=Usage(input=11, output=1))


STOPS: list[tuple[str, dict[str, str]]] = [
    ("max_tokens", {}),
    ("refusal", {}),
    ("stop_sequence", {"openai-responses": "end_turn", "openai-chat": "end_turn"}),
    ("pause_turn", {"openai-responses": "end_turn", "openai-chat": "end_turn"}),
    ("model_context_window_exceeded", dict.fromkeys(("anthropic", "openai-responses", "openai-chat"), "max_tokens")),
]


@pytest.mark.parametrize(("stop", "otherwise"), STOPS)
async def test_stop_reasons(api: Api, stop: Any, otherwise: dict[str, str], serve: Serve, talk: Talk) -> None:
    server = await serve(Scenario(replies=(Reply(blocks=(Text(text="Well"),), stop=stop),)))
    heard = await talk(server, ask(api))
    assert heard.completion.stop == otherwise.get(api, stop)


async def test_blocks_open_before_their_pieces_and_close_after(api: Api, serve: Serve, talk: Talk) -> None:
    server = await serve(
        Scenario(replies=(Reply(blocks=(Thinking(text="a b c d e"), Text(text="one"), Tool(name="Bash"))),))
    )
    heard = await talk(server, ask(api))
    opened = [piece.block for piece in heard.pieces if isinstance(piece.delta, BlockOpened)]
    assert opened == [0, 1, 2]
    assert heard.closed == [0, 1, 2]
    assert sum(isinstance(piece.delta, OpaquePiece) for piece in heard.pieces) == 1
