"""The scripted server itself: which reply a request gets, what it refuses, and its command."""

from __future__ import annotations

import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import msgspec
import pytest

from claw.events.content import Api, Message, TextBlock, ToolResultBlock, ToolUseBlock
from claw.events.results import texts
from claw.providers import CallFailed
from claw.providers.scripted import Break, Reply, Scenario, Status, Text, Thread, Tool, load, serving
from claw.providers.scripted.scenario import pieces

from .support import Heard, Serve, Talk, ask, replied, said

pytestmark = pytest.mark.anyio

EXAMPLE = """
{"replies": [
    {"blocks": [
        {"type": "thinking", "text": "Look first."},
        {"type": "text", "text": ["Let me ", "look."]},
        {"type": "tool", "name": "Bash", "arguments": {"command": "ls"}}],
     "faults": [{"type": "status", "status": 529, "headers": {"retry-after": "1"}},
                {"type": "break", "how": "drop", "after": 5}]},
    {"expect": ["README.md"], "blocks": [{"type": "text", "text": "There is a README."}]},
    {"for": "compaction", "kept": 1, "blocks": [{"type": "text", "text": "The user asked what is there."}]}]}
"""


def text(heard: Heard) -> str:
    return "".join(str(block.text) for block in heard.content if isinstance(block, TextBlock))


def says(*texts: str) -> tuple[Reply, ...]:
    return tuple(Reply(blocks=(Text(text=text),)) for text in texts)


async def test_the_conversation_chooses_the_reply(api: Api, serve: Serve, talk: Talk) -> None:
    """Whoever asks, in whatever order: a resumed or forked session gets what it would have got."""
    server = await serve(Scenario(replies=says("zero", "one", "two")))
    history = (said("a"), replied(TextBlock(text="zero")), said("b"), replied(TextBlock(text="one")), said("c"))
    for length, expected in ((5, "two"), (1, "zero"), (3, "one"), (3, "one")):
        assert text(await talk(server, ask(api, *history[:length]))) == expected
    assert [asked.reply for asked in server.requests] == [2, 0, 1, 1]


async def test_a_reply_with_calls_is_one_message(api: Api, serve: Serve, talk: Talk) -> None:
    server = await serve(Scenario(replies=says("zero", "one")))
    calls = tuple(ToolUseBlock(id=name, name="Bash", arguments="{}") for name in ("x", "y"))
    results = Message(role="user", blocks=tuple(ToolResultBlock(id=call.id, content=texts("ok")) for call in calls))
    heard = await talk(server, ask(api, said("a"), replied(TextBlock(text="zero"), *calls), results))
    assert text(heard) == "one"


async def test_after_the_last_reply_there_is_none(api: Api, serve: Serve, talk: Talk) -> None:
    server = await serve(Scenario(replies=says("zero")))
    with pytest.raises(CallFailed, match="the scenario has 1 replies here; this request asks for number 1"):
        await talk(server, ask(api, said("a"), replied(TextBlock(text="zero")), said("b")))
    assert server.requests[0].error


async def test_a_compaction_and_what_follows_it(api: Api, serve: Serve, talk: Talk) -> None:
    summary = Reply(purpose="compaction", kept=1, blocks=(Text(text="All about zero and one."),))
    server = await serve(Scenario(replies=(*says("zero", "one"), summary, *says("two", "three"))))
    before = (said("a"), replied(TextBlock(text="zero")), said("b"), replied(TextBlock(text="one")))
    asked = await talk(server, ask(api, *before, said("Summarise."), tools_allowed="none"))
    assert text(asked) == "All about zero and one."
    after = (said("Summary: All about zero and one."), replied(TextBlock(text="one")), said("c"))
    assert text(await talk(server, ask(api, *after))) == "two"
    assert text(await talk(server, ask(api, *after, replied(TextBlock(text="two")), said("d")))) == "three"
    with pytest.raises(CallFailed, match="compaction"):
        await talk(server, ask(api, *after, tools_allowed="none"))


async def test_threads_have_their_own_replies(api: Api, serve: Serve, talk: Talk) -> None:
    server = await serve(Scenario(replies=says("main"), threads=(Thread(when="Find bugs", replies=says("sub")),)))
    assert text(await talk(server, ask(api, said("Find bugs in x.py")))) == "sub"
    assert text(await talk(server, ask(api, said("Hello")))) == "main"


async def test_expectations(api: Api, serve: Serve, talk: Talk) -> None:
    server = await serve(Scenario(replies=(Reply(expect=('say "hi"\n', "never"), refuse=("You are",)),)))
    with pytest.raises(CallFailed, match=r"expects \['never'\] in this request"):
        await talk(server, ask(api, said('please say "hi"\nnow')))
    server = await serve(Scenario(replies=(Reply(refuse=("You are",)),)))
    with pytest.raises(CallFailed, match="expects no"):
        await talk(server, ask(api))


async def test_every_request_is_kept(serve: Serve, talk: Talk) -> None:
    server = await serve(Scenario(replies=(Reply(blocks=(Text(text="Hi."),), faults=(Status(status=500),)),)))
    with pytest.raises(CallFailed):
        await talk(server, ask("anthropic"))
    await talk(server, ask("anthropic"))
    first, second = server.requests
    assert (first.order, first.method, first.path) == (0, "POST", "/v1/messages")
    assert first.fault == Status(status=500)
    assert second.fault is None
    assert first.body == second.body
    assert first.headers["content-type"] == "application/json"
    assert first.finished
    server.forget()
    with pytest.raises(CallFailed):
        await talk(server, ask("anthropic"))


async def test_usage_grows_with_the_conversation_and_reads_the_cache(serve: Serve, talk: Talk) -> None:
    server = await serve(Scenario(replies=says("zero", "one")))
    history = (said("word " * 500), replied(TextBlock(text="zero")), said("b"))
    first = (await talk(server, ask("anthropic", *history[:1]))).completion.usage
    second = (await talk(server, ask("anthropic", *history))).completion.usage
    assert first.cache_read == 0 < first.cache_write
    assert second.cache_read > second.cache_write > 0
    assert second.context > first.context


async def test_pieces_of_a_text() -> None:
    words = "one two three four five\nsix "
    assert list(pieces(words)) == ["one two three ", "four five\nsix "]
    assert "".join(pieces("  a   b ")) == "  a   b "
    assert list(pieces("")) == []
    assert list(pieces(("x", "y"))) == ["x", "y"]


def test_a_file(tmp_path: Path) -> None:
    path = tmp_path / "scenario.json"
    path.write_text(EXAMPLE)
    scenario = load(path)
    first, second, compaction = scenario.replies
    assert first.stop_reason == "tool_use"
    assert first.blocks[2] == Tool(name="Bash", arguments={"command": "ls"})
    assert first.faults == (Status(status=529, headers={"retry-after": "1"}), Break(how="drop", after=5))
    assert second.expect == ("README.md",)
    assert (compaction.purpose, compaction.kept) == ("compaction", 1)
    path.write_text('{"replies": [{"blocs": []}]}')
    with pytest.raises(msgspec.ValidationError, match=r"blocs.*\$\.replies\[0\]|\$\.replies\[\.\.\.\]"):
        load(path)


def hello(url: str, text: str = "Hello") -> str:
    body = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": text}]}
    with urllib.request.urlopen(f"{url}/v1/messages", msgspec.json.encode(body), timeout=30) as answer:
        return str(answer.read().decode())


def test_beside_synchronous_code() -> None:
    with serving(Scenario(replies=says("Good day."))) as server:
        assert "Good day." in hello(server.url)
        assert server.requests[0].finished
    with pytest.raises(OSError, match="refused"):
        hello(server.url)


def test_a_taken_port_is_an_error() -> None:
    with (
        serving(Scenario()) as server,
        pytest.raises(OSError, match="in use"),
        serving(Scenario(), port=int(server.url.rpartition(":")[2])),
    ):
        pass


def test_its_command(tmp_path: Path) -> None:
    path = tmp_path / "scenario.json"
    path.write_text('{"replies": [{"blocks": [{"type": "text", "text": "From a file."}]}]}')
    with subprocess.Popen(
        [sys.executable, "-m", "claw.providers.scripted", str(path)], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().decode().strip()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", url)
        assert "From a file." in hello(url)
        process.terminate()


def test_its_command_explains_a_bad_file(tmp_path: Path) -> None:
    path = tmp_path / "scenario.json"
    path.write_text('{"replies": 3}')
    done = subprocess.run([sys.executable, "-m", "claw.providers.scripted", str(path)], capture_output=True, text=True)
    assert done.returncode == 2
    assert "Expected `array`" in done.stderr
