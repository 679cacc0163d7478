"""Results of calls over the real wire: each API gets what it takes, and is told in words what it does not."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from claw.events.base import Blob
from claw.events.content import (
    Api,
    DocumentBlock,
    ImageBlock,
    Message,
    ResourceLinkBlock,
    ResultBlock,
    TextBlock,
    ToolResultBlock,
    ToolUseBlock,
)
from claw.events.request import DOCUMENTS, IMAGES, Parameters, Request
from claw.events.results import texts
from claw.providers import CallFailed
from claw.providers.anthropic_wire import body_of as anthropic_body
from claw.providers.chat_wire import body_of as chat_body
from claw.providers.responses_wire import body_of as responses_body
from claw.providers.results import MOST_IMAGES
from claw.providers.scripted import Reply, Scenario, Status, Text, anthropic, chat, responses
from tests.providers.support import server_of

from .support import Serve, Talk, ask, replied, said

pytestmark = pytest.mark.anyio

BODIES = {"anthropic": anthropic_body, "openai-responses": responses_body, "openai-chat": chat_body}
CHECKS = {"anthropic": anthropic.check, "openai-responses": responses.check, "openai-chat": chat.check}

STORED = Blob(digest="d1", size=7)
IN_BASE64 = base64.b64encode(b"blob d1").decode()
IMAGE = ImageBlock(media_type="image/png", data=STORED, width=10, height=10)
SMALL = ImageBlock(media_type="image/gif", data="R0lG")
PDF = DocumentBlock(media_type="application/pdf", data="JVBERi0=", title="a.pdf", pages=2)
NOTE = DocumentBlock(media_type="text/markdown", data=base64.b64encode(b"# Hi").decode(), title="n.md")
LINK = ResourceLinkBlock(uri="file:///x", name="x", media_type="text/css", size=2_000)
AUDIO = DocumentBlock(media_type="audio/ogg", data="AAAA")
FAULTY = ImageBlock(media_type="image/png", data="no base64!")

CALL = ToolUseBlock(id="c1", name="Bash", arguments="{}")
OTHER = ToolUseBlock(id="c2", name="Bash", arguments="{}")


def request(api: Api, *blocks: ResultBlock, is_error: bool = False, without: tuple[str, ...] = ()) -> Request:
    results = (
        ToolResultBlock(id="c1", content=blocks, is_error=is_error),
        ToolResultBlock(id="c2", content=texts("second")),
    )
    messages = (said("go"), replied(CALL, OTHER), Message(role="user", blocks=(*results, TextBlock(text="and?"))))
    parameters = Parameters(max_tokens=8_000, without=without)
    return Request(
        api=api,
        parameters=parameters,
        messages=messages,
        provider="scripted",
        model="m",
        system=(),
        tools=ask(api).tools,
    )


def script(text: str, *faults: Status) -> Scenario:
    """The reply to a conversation in which the model has made its calls."""
    return Scenario(replies=(Reply(blocks=(Text(text="(calls)"),)), Reply(blocks=(Text(text=text),), faults=faults)))


def official(api: Api, *blocks: ResultBlock, **fields: Any) -> dict[str, Any]:
    body = BODIES[api](
        request(api, *blocks, **fields),
        lambda blob: f"blob {blob.digest}".encode(),
        server=server_of(api, official=True),
    )
    if api != "openai-responses":
        CHECKS[api](body)
    return body


def result_of(body: dict[str, Any]) -> Any:
    """What stands as the first call's result."""
    for item in body.get("input") or body["messages"]:
        if item.get("call_id") == "c1" and "output" in item:
            return item["output"]
        if item.get("tool_call_id") == "c1":
            return item["content"]
        if item.get("role") == "user" and isinstance(item["content"], list):
            for block in item["content"]:
                if block.get("tool_use_id") == "c1":
                    return block["content"]
    raise AssertionError(body)


def last(body: dict[str, Any]) -> Any:
    (message,) = [item for item in body.get("input") or body["messages"]][-1:]
    return message


@pytest.mark.parametrize(
    "blocks",
    [(IMAGE,), (SMALL, PDF), (PDF, *texts("done")), (LINK,), (NOTE,), (AUDIO, FAULTY), (), texts("", "a", " ", "b")],
    ids=["image", "image and PDF", "PDF and text", "link", "text document", "neither", "nothing", "texts"],
)
async def test_every_api_takes_what_is_made_of_any_blocks(
    serve: Serve, talk: Talk, api: Api, blocks: tuple[ResultBlock, ...]
) -> None:
    server = await serve(script("Hi."))
    for is_error in (False, True):
        heard = await talk(server, request(api, *blocks, is_error=is_error))
        assert heard.content == (TextBlock(text="Hi."),)
    assert not any(asked.error for asked in server.requests)


async def test_an_image_arrives_whatever_the_api(serve: Serve, talk: Talk, api: Api) -> None:
    server = await serve(script("A cat."))
    await talk(server, request(api, *texts("look:"), IMAGE))
    (asked,) = server.requests
    assert asked.raw.count(IN_BASE64) == 1
    if api == "anthropic":
        source = {"type": "base64", "media_type": "image/png", "data": IN_BASE64}
        assert result_of(asked.body) == [{"type": "text", "text": "look:"}, {"type": "image", "source": source}]
    else:
        assert result_of(asked.body) == "look:\n\n[image/png, 7 B: it follows in the next message]"
    if api == "openai-chat":
        roles = [message["role"] for message in asked.body["messages"]]
        assert roles == ["user", "assistant", "tool", "tool", "user"]
        assert last(asked.body)["content"] == [
            {"type": "text", "text": "Of the result of call c1:"},
            {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{IN_BASE64}"}},
            {"type": "text", "text": "and?"},
        ]


async def test_a_pdf_goes_to_those_that_take_it_and_the_others_are_told(serve: Serve, talk: Talk, api: Api) -> None:
    server = await serve(script("Two pages."))
    await talk(server, request(api, PDF))
    (asked,) = server.requests
    if api == "anthropic":
        source = {"type": "base64", "media_type": "application/pdf", "data": PDF.data}
        assert result_of(asked.body) == [{"type": "document", "source": source, "title": "a.pdf"}]
    else:
        assert str(PDF.data) not in asked.raw
        assert result_of(asked.body).startswith("[a.pdf: application/pdf, 5 B, 2 pages, left out here: ")
        assert "pdftotext" in result_of(asked.body)


def test_openai_itself_takes_both() -> None:
    assert result_of(official("openai-responses", *texts("both:"), SMALL, PDF)) == [
        {"type": "input_text", "text": "both:"},
        {"type": "input_image", "image_url": "data:image/gif;base64,R0lG", "detail": "high"},
        {"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERi0="},
    ]
    body = official("openai-chat", SMALL, PDF)
    assert [part["type"] for part in last(body)["content"]] == ["text", "image_url", "text", "file", "text"]
    assert last(body)["content"][3] == {
        "type": "file",
        "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERi0="},
    }


@pytest.mark.parametrize("api", BODIES)
def test_one_text_is_what_it_always_was(api: Api) -> None:
    assert result_of(official(api, *texts("a.txt"))) == "a.txt"
    assert result_of(official(api)) == ""
    assert result_of(official(api, TextBlock(text=STORED))) == "blob d1"


@pytest.mark.parametrize("api", BODIES)
def test_what_no_api_takes_is_said(api: Api) -> None:
    for block, words in (
        (LINK, "[x: file:///x (text/css, 2 kB)]"),
        (NOTE, "[n.md: text/markdown, 4 B]\n# Hi"),
        (AUDIO, "[audio/ogg, 3 B, left out here: a model is sent no data of this type]"),
        (FAULTY, "[image/png, 7 B, left out here: its data is no base64]"),
    ):
        assert result_of(official(api, block)) == words


def test_with_an_error_anthropic_takes_text_alone() -> None:
    told = result_of(official("anthropic", *texts("It failed:"), IMAGE, is_error=True))
    assert told == "It failed:\n\n[image/png, 7 B, left out here: with an error only text can be sent]"


@pytest.mark.parametrize("api", BODIES)
def test_what_a_server_has_refused_it_is_not_sent_again(api: Api) -> None:
    body = official(api, SMALL, PDF, without=(IMAGES,))
    assert "R0lG" not in str(body)
    assert "JVBERi0=" in str(body)
    assert "this model or its server takes no images" in str(body)
    body = official(api, SMALL, PDF, without=(DOCUMENTS,))
    assert "R0lG" in str(body)
    assert "JVBERi0=" not in str(body)


@pytest.mark.parametrize("api", BODIES)
def test_of_too_many_the_newest_are_sent(api: Api) -> None:
    images = [ImageBlock(media_type="image/png", data=f"{number:04}") for number in range(MOST_IMAGES + 2)]
    sent = str(official(api, *images))
    assert [image.data for image in images if str(image.data) in sent] == [image.data for image in images[2:]]
    many = DocumentBlock(media_type="application/pdf", data="MANY", pages=99)
    sent = str(official(api, many, PDF))
    assert "JVBERi0=" in sent
    assert "MANY" not in sent
    assert "99 pages, left out here: newer ones" in sent
    large = ImageBlock(media_type="image/png", data=Blob(digest="large", size=20 << 20))
    assert "newer ones take all the room" in str(official(api, large))


@pytest.mark.parametrize(
    ("words", "block", "part"),
    [
        ("this model does not support image input", SMALL, IMAGES),
        (
            "image input is not supported - hint: if this is unexpected, you may need to provide the mmproj",
            SMALL,
            IMAGES,
        ),
        ("messages.2.content.0.tool_result.content.0.image.source: Could not process image", SMALL, IMAGES),
        ("Could not process PDF", PDF, DOCUMENTS),
    ],
)
async def test_a_server_that_takes_no_image_says_so_once(
    serve: Serve, talk: Talk, words: str, block: ResultBlock, part: str
) -> None:
    api: Api = "anthropic"
    fault = Status(status=400, message=words)
    server = await serve(script("Fine.", fault))
    with pytest.raises(CallFailed) as failed:
        await talk(server, request(api, block))
    assert failed.value.refused == part
    heard = await talk(server, request(api, block, without=(part,)))
    assert heard.content == (TextBlock(text="Fine."),)


async def test_the_same_words_about_a_request_without_one_name_no_part(serve: Serve, talk: Talk) -> None:
    fault = Status(status=400, message="no such image model")
    server = await serve(script("Fine.", fault))
    with pytest.raises(CallFailed) as failed:
        await talk(server, request("anthropic", *texts("no image here")))
    assert failed.value.refused == ""
