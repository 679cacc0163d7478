"""Tools whose input is a text by a grammar: offered so where model and server have them, called and answered so, and
the same as any other call for all else. Over claw's own HTTP and the official client.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace

from claw.events.content import ToolResultBlock, ToolUseBlock
from claw.events.model import TextPiece
from claw.events.request import FREEFORM, OfferedTool, Request
from claw.events.results import texts
from claw.providers import responses_wire
from claw.providers.abilities import COMPATIBLE, OPENAI
from claw.providers.openai_responses import Responses
from claw.providers.refusals import refused_part
from claw.providers.scripted import Reply, Scenario, Text, Tool
from claw.tools.apply_patch import ApplyPatch

from .support import LS, Message, Serve, Talk, ask, no_blobs, replied, said

pytestmark = pytest.mark.anyio

SPEC = ApplyPatch.spec
PATCHING = OfferedTool(name=SPEC.name, description=SPEC.description, schema=SPEC.schema, grammar=SPEC.grammar)
PATCH = '*** Begin Patch\n*** Add File: "a\\b".txt\n+\tü "quoted" \\ end\n*** End Patch\n'
CALL = ToolUseBlock(id="call_0", name="apply_patch", arguments=json.dumps({"input": PATCH}), given="ctc_1")
OTHER = ToolUseBlock(id="call_1", name="Bash", arguments='{"command": "ls"}', given="fc_1")
RESULTS = Message(
    role="user",
    blocks=(ToolResultBlock(id="call_0", content=texts("Done.")), ToolResultBlock(id="call_1", content=texts("a"))),
)


def asked(*messages: Message, having: tuple[str, ...] = (FREEFORM,), without: tuple[str, ...] = ()) -> Request:
    request = ask("openai-responses", *messages, tools=(LS, PATCHING))
    return replace(request, parameters=replace(request.parameters, having=having, without=without))


@pytest.mark.parametrize("written", [{"input": PATCH}, tuple(PATCH), (PATCH[:20], PATCH[20:])])
async def test_a_text_is_streamed_and_becomes_the_argument(serve: Serve, talk: Talk, written: Any) -> None:
    calls = (Text(text="I patch."), Tool(name="apply_patch", arguments=written), Tool(name="Bash", arguments={"x": 1}))
    server = await serve(Scenario(replies=(Reply(blocks=calls), Reply(blocks=(Text(text="Done."),)))))
    heard = await talk(server, asked())
    first, second = (block for block in heard.content if isinstance(block, ToolUseBlock))
    assert json.loads(first.arguments) == {"input": PATCH}
    assert (second.name, second.arguments) == ("Bash", '{"x":1}')
    assert heard.completion.stop == "tool_use"
    streamed = [piece for piece in heard.pieces if piece.block == 1 and isinstance(piece.delta, TextPiece)]
    assert len(streamed) >= (len(PATCH) if isinstance(written, tuple) and len(written) > 2 else 1)
    results = (ToolResultBlock(id=call.id, content=texts("ok")) for call in (first, second))
    again = asked(said("Hello"), replied(*heard.content), Message(role="user", blocks=tuple(results)))
    assert (await talk(server, again)).content[0].text == "Done."  # type: ignore[union-attr]
    sent = server.requests[-1].body["input"]
    kinds = [item["type"] for item in sent]
    assert kinds[2:] == ["custom_tool_call", "function_call", "custom_tool_call_output", "function_call_output"]
    assert (sent[2]["input"], sent[4]["output"]) == (PATCH, "ok")
    assert sent[2]["call_id"] == sent[4]["call_id"]


async def test_a_text_that_was_cut_is_said_to_be(serve: Serve, talk: Talk) -> None:
    cut = Reply(blocks=(Tool(name="apply_patch", arguments=(PATCH[:30],)),), stop="max_tokens")
    server = await serve(Scenario(replies=(cut,)))
    heard = await talk(server, asked())
    assert heard.completion.stop == "max_tokens"
    assert isinstance(heard.content[0], ToolUseBlock)
    assert json.loads(heard.content[0].arguments) == {"input": PATCH[:30]}


def body(request: Request, **fields: Any) -> dict[str, Any]:
    return responses_wire.body_of(request, no_blobs, **fields)


def test_what_is_offered() -> None:
    _, offered = body(asked(having=()), server=OPENAI)["tools"]
    assert (offered["type"], offered["name"]) == ("custom", "apply_patch")
    assert offered["format"] == {"type": "grammar", "syntax": "lark", "definition": SPEC.grammar}
    assert "parameters" not in offered
    assert "Do not wrap it in JSON" in offered["description"]
    for request, server in ((asked(having=()), COMPATIBLE), (asked(without=(FREEFORM,)), OPENAI)):
        assert [one["type"] for one in body(request, server=server)["tools"]] == ["function"] * 2


def test_calls_go_back_in_the_form_that_is_offered() -> None:
    """Whatever model made them, and whatever one writes that does not keep to it."""
    conversation = (said("Go"), replied(CALL, OTHER), RESULTS)
    sent = body(asked(*conversation), server=COMPATIBLE)["input"][1:]
    assert [item["type"] for item in sent] == [
        *("custom_tool_call", "function_call", "custom_tool_call_output", "function_call_output")
    ]
    sent = body(asked(*conversation, without=(FREEFORM,)), server=COMPATIBLE)["input"][1:]
    assert [item["type"] for item in sent] == ["function_call"] * 2 + ["function_call_output"] * 2
    assert json.loads(sent[0]["arguments"]) == {"input": PATCH}
    for written in ("*** Begin", '{"input": 3}', "[]", ""):
        odd = replied(replace(CALL, arguments=written), OTHER)
        assert body(asked(said("Go"), odd, RESULTS))["input"][1]["input"] == written


def test_one_dialect_serves_models_of_both_kinds() -> None:
    dialect = Responses(COMPATIBLE)
    conversation = (said("Go"), replied(CALL, OTHER), RESULTS)
    for _ in range(2):
        kinds = [
            dialect.encode(asked(*conversation, having=having), no_blobs)[0]["input"][1]["type"]
            for having in ((FREEFORM,), (), (FREEFORM,))
        ]
        assert kinds == ["custom_tool_call", "function_call", "custom_tool_call"]


@pytest.mark.parametrize(
    "words",
    [
        "Invalid value: 'custom'. Supported values are: 'function'.",
        "tools.1.type: Input should be 'function'",
        "Unsupported tool type: custom",
        "grammar is not supported by this model",
    ],
)
def test_a_server_that_does_not_take_them_is_asked_without(words: str) -> None:
    omissible = Responses.omissible
    assert refused_part({}, words, body(asked(), server=COMPATIBLE), omissible) == FREEFORM
    assert refused_part({}, words, body(asked(having=()), server=COMPATIBLE), omissible) != FREEFORM
