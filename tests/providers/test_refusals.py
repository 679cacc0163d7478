"""Parts of a request that a server does not take, and what a server wants back with a conversation."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from claw.events.content import Api, Message, TextBlock, ThinkingBlock, ToolResultBlock, ToolUseBlock
from claw.events.results import texts
from claw.events.session import Model
from claw.providers import CallFailed, connect
from claw.providers.abilities import COMPATIBLE
from claw.providers.anthropic_wire import body_of as messages_body
from claw.providers.chat_wire import body_of as chat_body
from claw.providers.refusals import leave_out, refused_part
from claw.providers.responses_wire import body_of as responses_body
from tests.providers.support import server_of

from .odd_server import Answered, odd_server
from .support import ask, hear, no_blobs, replied, said
from .test_odd_records import decode

KEYS = {"ANTHROPIC_API_KEY": "k", "OPENAI_API_KEY": "k"}

REFUSALS: list[tuple[Api, Any, int, str]] = [
    ("openai-chat", "Unrecognized request argument supplied: stream_options", 400, "stream_options"),
    ("openai-chat", {"detail": [{"loc": ["body", "stream_options"], "msg": "extra"}]}, 422, "stream_options"),
    ("openai-chat", "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.", 400, "max_tokens"),
    ("openai-chat", "max_tokens is too large: 8192. This model supports at most 4096.", 400, "max_tokens"),
    ("openai-chat", "max_tokens must be less than or equal to 4096", 400, "max_tokens"),
    ("openai-chat", "reasoning_effort is not supported with this model", 400, "reasoning_effort"),
    ("openai-chat", {"error": {"message": "bad", "param": "reasoning_effort"}}, 400, "reasoning_effort"),
    ("openai-chat", "property 'reasoning_content' is unsupported", 400, "reasoning_content"),
    ("openai-chat", "tool_choice: Extra inputs are not permitted", 400, "tool_choice"),
    ("openai-chat", "Unsupported param: tool_choice", 500, "tool_choice"),
    ("openai-chat", "Thinking may not be enabled when tool_choice forces tool use.", 400, "tool_choice"),
    ("openai-chat", "Tool calls with streaming are not supported", 400, "stream"),
    ("openai-chat", "The reasoning_content must be passed back", 400, ""),
    ("openai-chat", "Unknown parameter: 'messages'", 400, ""),
    ("openai-chat", "stream_options is not supported", 401, ""),
    ("openai-chat", "parallel_tool_calls is not supported", 400, ""),
    ("openai-chat", "temperature is not supported", 400, ""),
    ("openai-chat", "model 'm' does not support tools", 400, "tools"),
    ("openai-chat", "Unrecognized request argument supplied: tools", 400, "tools"),
    ("openai-chat", "tools: Extra inputs are not permitted", 422, "tools"),
    ("openai-chat", "p does not support parameters: ['tools', 'tool_choice'], for model=m", 400, "tools"),
    ("openai-chat", "`tool calling` is not supported with this model", 400, "tools"),
    ("openai-chat", "Function calling is not enabled for this model", 400, "tools"),
    ("openai-chat", "No endpoints found that support tool use.", 404, "tools"),
    ("openai-chat", "tools param requires --jinja flag", 500, "tools"),
    ("openai-chat", '"auto" tool choice requires --enable-auto-tool-choice to be set', 400, "tools"),
    ("openai-chat", "Multiple tool calls are not supported", 400, ""),
    ("openai-chat", "Invalid 'tools[0].function.name': not allowed", 400, ""),
    ("openai-chat", "The tools are not valid", 400, ""),
    ("openai-chat", "`tool_use` ids were found without results, which is not allowed", 400, ""),
    ("openai-chat", "System role not supported", 500, "system"),
    ("openai-chat", "Conversation roles must alternate user/assistant/user/assistant/...", 400, "system"),
    ("openai-chat", "Only user, assistant and tool roles are supported!", 400, "system"),
    ("openai-chat", "Developer instruction is not enabled for models/m", 400, "system"),
    ("openai-chat", "'messages[0].role' does not support 'system' with this model.", 400, "system"),
    ("openai-chat", {"error": {"message": "unexpected role: system"}}, 400, "system"),
    ("openai-chat", {"detail": [{"loc": ["body", "messages", 0, "role"], "msg": "should be 'user'"}]}, 422, "system"),
    ("openai-chat", "A system error, and no message is not supported", 400, ""),
    ("anthropic", "messages.0.content.0.cache_control: Extra inputs are not permitted", 400, "cache_control"),
    ("anthropic", "thinking.display: Extra inputs are not permitted", 400, "thinking.display"),
    ("anthropic", "thinking: Extra inputs are not permitted", 400, "thinking"),
    ("anthropic", "tool_choice: Extra inputs are not permitted", 400, "tool_choice"),
    ("anthropic", "tools: Extra inputs are not permitted", 400, "tools"),
    ("anthropic", "This model doesn't support tool use.", 400, "tools"),
    ("anthropic", "system: Extra inputs are not permitted", 400, "system"),
    ("anthropic", "stream is not supported", 400, "stream"),
    ("anthropic", "temperature: Extra inputs are not permitted", 400, ""),
    ("openai-responses", "Unknown parameter: 'include'.", 400, "include"),
    ("openai-responses", {"error": {"message": "verify", "param": "reasoning.summary"}}, 400, "reasoning.summary"),
    ("openai-responses", "Unsupported parameter: 'reasoning.effort'", 400, "reasoning"),
    ("openai-responses", "Unsupported field: store", 400, "store"),
    ("openai-responses", "Unsupported parameter: max_output_tokens", 400, "max_output_tokens"),
    ("openai-responses", "tool_choice is not supported", 400, "tool_choice"),
    ("openai-responses", "tools.0.strict: unknown field", 400, "strict"),
    ("openai-responses", "this model does not support tools", 400, "tools"),
    ("openai-responses", "Unsupported parameter: 'instructions'", 400, "system"),
    ("openai-responses", "parallel_tool_calls is not supported", 400, ""),
]


def thinking_request(api: Api, **fields: Any) -> Any:
    call = ToolUseBlock(id="c", name="Bash", arguments='{"strict":1,"cache_control":2,"reasoning_content":3}')
    blocks = [TextBlock(text="Look."), call]
    if api == "openai-chat":
        blocks.insert(0, ThinkingBlock(api=api, text="hm", opaque='{"field":"reasoning_content"}'))  # type: ignore[arg-type]
    result = Message(role="user", blocks=(ToolResultBlock(id="c", content=texts("x")),))
    return ask(api, said("Hi"), replied(*blocks), result, **fields)


@pytest.mark.anyio
@pytest.mark.parametrize(("api", "error", "status", "part"), REFUSALS)
async def test_what_a_server_refuses_is_named_and_left_out(api: Api, error: Any, status: int, part: str) -> None:
    body = {"error": {"message": error}} if isinstance(error, str) else error
    with odd_server(Answered(json.dumps(body).encode(), "application/json", status)) as server:
        provider = connect(Model(provider="p", api=api, name="m", base_url=server.url), KEYS)
        for without in ((), (part,) if part else ()):
            request = thinking_request(api)
            parameters = msgspec.structs.replace(request.parameters, without=without)
            with pytest.raises(CallFailed) as caught:
                await hear(provider, msgspec.structs.replace(request, parameters=parameters))
            assert caught.value.refused != part if without else caught.value.refused == part, caught.value.message
        await provider.close()
    before, after = (json.dumps(body) for body in server.bodies)
    assert (before == after) == (not part)
    assert '{\\"strict\\":1' in after or '"input": {"strict": 1, "cache_control": 2, "reasoning_content": 3}' in after


BODIES = [("openai-chat", chat_body), ("openai-responses", responses_body), ("anthropic", messages_body)]


@pytest.mark.parametrize(("api", "body_of"), BODIES)
def test_without_a_place_for_instructions_they_begin_the_first_message(api: Api, body_of: Any) -> None:
    request = ask(api, said("Hi"), system=("Be good.", "Be brief."))
    parameters = msgspec.structs.replace(request.parameters, without=("system",))
    body = body_of(msgspec.structs.replace(request, parameters=parameters), no_blobs)
    assert not {"system", "instructions"} & body.keys()
    sent = body.get("messages") or body["input"]
    assert {one["role"] for one in sent} == {"user"}
    text = json.dumps(sent)
    assert text.index("Be good.") < text.index("Be brief.") < text.index("Hi")
    with_place = json.dumps(body_of(request, no_blobs))
    assert with_place.count("Be good.") == 1


@pytest.mark.parametrize(("api", "body_of"), BODIES)
def test_to_a_server_without_tools_none_are_named(api: Api, body_of: Any) -> None:
    request = ask(api, said("Hi"))
    parameters = msgspec.structs.replace(request.parameters, without=("tools",))
    assert "tools" in body_of(request, no_blobs)
    assert (
        not {"tools", "tool_choice"} & body_of(msgspec.structs.replace(request, parameters=parameters), no_blobs).keys()
    )


NO_RESPONSES = [
    (404, "404 page not found", "text/plain"),
    (404, '{"detail": "Not Found"}', "application/json"),
    (404, "<html><body>Cannot POST /v1/responses</body></html>", "text/html"),
    (404, '{"error": {"message": "POST /v1/responses is not available for this model"}}', "application/json"),
    (405, '{"detail": "Method Not Allowed"}', "application/json"),
    (501, '{"error": "not implemented"}', "application/json"),
    (400, '{"error": {"message": "The Responses API is not supported"}}', "application/json"),
    (200, '{"error": "Unexpected endpoint or method. (POST /v1/responses)"}', "application/json"),
    (400, '{"error": {"message": "This model is only supported in v1/chat/completions"}}', "application/json"),
]
NO_MODEL = [
    (404, '{"error": {"message": "The model m does not exist", "code": "model_not_found"}}', "application/json"),
    (404, '{"error": "model \'m\' not found, try pulling it first"}', "application/json"),
    (401, '{"error": {"message": "invalid url"}}', "application/json"),
    (500, '{"error": {"message": "it broke"}}', "application/json"),
    (400, '{"error": {"message": "Unsupported field: nothing"}}', "application/json"),
]


@pytest.mark.anyio
async def test_a_server_without_responses_is_told_from_one_without_the_model() -> None:
    found = {}
    answers = iter([*NO_RESPONSES, *NO_MODEL, NO_RESPONSES[0]])

    def answer(_: dict[str, Any]) -> Answered:
        status, said, kind = next(answers)
        return Answered(said.encode(), kind, status)

    apis: list[Api] = ["openai-responses"] * len([*NO_RESPONSES, *NO_MODEL]) + ["openai-chat"]
    with odd_server(answer) as server:
        for number, api in enumerate(apis):
            provider = connect(Model(provider="openai", api=api, name="m", base_url=server.url), KEYS)
            with pytest.raises(CallFailed) as caught:
                await hear(provider, thinking_request(api))
            found[number] = caught.value.refused
            await provider.close()
    assert list(found.values()) == ["api"] * len(NO_RESPONSES) + [""] * (len(NO_MODEL) + 1)


def test_one_limit_of_tokens_stands_in_for_the_other() -> None:
    def limits(*without: str) -> set[str]:
        request = ask("openai-chat", said("Hi"))
        parameters = msgspec.structs.replace(request.parameters, without=without)
        body = chat_body(msgspec.structs.replace(request, parameters=parameters), no_blobs, server=COMPATIBLE)
        return {"max_tokens", "max_completion_tokens"} & leave_out(body, without).keys()

    assert limits() == {"max_tokens"}
    assert limits("max_tokens") == {"max_completion_tokens"}
    assert limits("max_tokens", "max_completion_tokens") == set()


@pytest.mark.parametrize(("api", "body_of"), BODIES)
def test_a_server_that_cannot_be_told_to_call_nothing_is_offered_nothing(api: Api, body_of: Any) -> None:
    request = ask(api, said("Hi"), tools_allowed="none")
    parameters = msgspec.structs.replace(request.parameters, without=("tool_choice",))
    assert "tools" in body_of(request, no_blobs)
    assert "tools" not in body_of(msgspec.structs.replace(request, parameters=parameters), no_blobs)


def test_the_first_part_that_is_named_is_the_one() -> None:
    body = {"a": 1, "b": {"c": 2}, "d": [{"c": 3}]}
    assert refused_part({}, "unknown field c; known: a, b", body, ("a", "b", "c")) == "c"
    assert refused_part({}, "unknown field ab", body, ("a", "b", "c")) == ""
    assert leave_out(body, ("c",)) == {"a": 1, "b": {}, "d": [{}]}
    assert leave_out(body, ("b.c", "nothing.at.all")) == {"a": 1, "b": {}, "d": [{"c": 3}]}


# --- what goes back --------------------------------------------------------------------------------------------------

READ = {"index": 0, "id": "c", "function": {"name": "Bash", "arguments": "{}"}}


def chat_back(*replies: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The model's messages in the next request, after these deltas of each reply."""
    conversation = []
    for deltas in replies:
        content, _ = decode("chat", [{"choices": [{"delta": delta}]} for delta in deltas])
        results = [ToolResultBlock(id=one.id, content=texts("x")) for one in content if isinstance(one, ToolUseBlock)]
        conversation += [said("Go"), replied(*content), Message(role="user", blocks=tuple(results))]
    body = chat_body(ask("openai-chat", *conversation, said("So?")), no_blobs, server=COMPATIBLE)
    return [one for one in body["messages"] if one["role"] == "assistant"]


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning", "reasoning_text"])
def test_where_one_message_had_thinking_all_have_its_field(field: str) -> None:
    thought = [{field: "h"}, {field: "m"}, {"tool_calls": [READ]}]
    plain_call, text = [{"tool_calls": [READ]}], [{"content": "Well."}]
    back = chat_back(plain_call, thought, text, plain_call)
    assert [one.get(field) for one in back] == ["", "hm", "", ""]
    assert all(isinstance(one["content"], str) for one in back)
    assert [field in one for one in chat_back(plain_call, text)] == [False, False]


@pytest.mark.parametrize(
    ("beside", "function"),
    [
        ({"extra_content": {"google": {"thought_signature": "S"}}}, {}),
        ({"thought_signature": "S"}, {}),
        ({}, {"thoughtSignature": "S"}),
        ({"provider_specific_fields": {"thought_signature": "S"}}, {}),
    ],
)
def test_what_comes_beside_a_call_goes_back_beside_it(beside: Any, function: Any) -> None:
    call = {**READ, **beside, "function": {**READ["function"], **function}}  # type: ignore[dict-item]
    other = {**READ, "index": 1, "id": "d"}
    (back,) = chat_back([{"tool_calls": [call, other]}])
    first, second = back["tool_calls"]
    assert {name: first[name] for name in beside} == beside
    assert {name: first["function"][name] for name in function} == function
    assert second.keys() == {"id", "type", "function"}


def test_details_of_thinking_go_back_whole() -> None:
    def part(**fields: Any) -> dict[str, Any]:
        return {"reasoning_details": [fields]}

    (back,) = chat_back(
        [
            {"reasoning": "h", **part(type="reasoning.text", index=0, text="h")},
            {"reasoning": "m", **part(type="reasoning.text", index=0, text="m", signature=None)},
            part(type="reasoning.text", index=0, signature="S"),
            part(type="reasoning.encrypted", index=1, data="E", id="e"),
            {"content": "Hi."},
            {"extra_content": {"google": {"thought_signature": "T"}}},
        ]
    )
    assert back["reasoning_details"] == [
        {"type": "reasoning.text", "index": 0, "text": "hm", "signature": "S"},
        {"type": "reasoning.encrypted", "index": 1, "data": "E", "id": "e"},
    ]
    assert back["extra_content"] == {"google": {"thought_signature": "T"}}
    assert (back["reasoning"], back["content"]) == ("hm", "Hi.")


def test_thinking_that_came_as_a_part_of_the_content_goes_back_as_one() -> None:
    thought = {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}
    (back,) = chat_back([{"content": [thought]}, {"content": [{"type": "text", "text": "Hi."}]}])
    assert back["content"] == [thought, {"type": "text", "text": "Hi."}]


@pytest.mark.parametrize("signature", [None, "", "S"])
@pytest.mark.parametrize("official", [False, True])
def test_thinking_goes_back_signed_as_it_came(signature: str | None, official: bool) -> None:
    sealed = {} if signature is None else {"signature": signature}
    records = [
        {"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": ""} | sealed},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "hm"}},
        {"type": "content_block_start", "index": 1}
        | {"content_block": {"type": "tool_use", "id": "t", "name": "Bash", "input": {}, "thoughtSignature": "T"}},
        {"type": "message_stop"},
    ]
    content, _ = decode("messages", records)
    conversation = (said("Go"), replied(*content))
    body = messages_body(ask("anthropic", *conversation), no_blobs, server=server_of("anthropic", official=official))
    *thoughts, call = body["messages"][1]["content"]
    assert thoughts == ([] if official and not signature else [{"type": "thinking", "thinking": "hm", **sealed}])
    assert call["thoughtSignature"] == "T"


@pytest.mark.parametrize("official", [False, True])
def test_reasoning_without_its_content_goes_back_to_who_sent_it_so(official: bool) -> None:
    thought = {"type": "reasoning", "id": "r", "summary": [{"type": "summary_text", "text": "hm"}]}
    text = {"type": "message", "content": [{"type": "output_text", "text": "Hi."}]}
    content, _ = decode("responses", [{"object": "response", "output": [thought, text]}])
    body = responses_body(
        ask("openai-responses", said("Go"), replied(*content), said("So?")),
        no_blobs,
        server=server_of("openai-responses", official=official),
    )
    assert [item for item in body["input"] if item["type"] == "reasoning"] == ([] if official else [thought])
