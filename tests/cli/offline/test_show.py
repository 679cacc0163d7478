"""`claw show`: one event, its causes, what it led to; the request that a model was sent."""

from __future__ import annotations

import base64
import json

import msgspec
import pytest

from tests.cli.offline.sessions import Home, Session, conversation
from tests.replay.goldens import golden


def seq_of(session: Session, kind: str) -> int:
    return next(envelope.seq for envelope in session.log if envelope.kind == kind)


def test_an_event_in_full(home: Home) -> None:
    session = conversation()
    name = home.record(session.log)
    seq = seq_of(session, "tool.started")
    result = home.claw("show", f"{name[:8]}@{seq}")
    assert result.returncode == 0, result.stderr
    head, _, rest = result.stdout.partition("because of\n")
    causes, _, consequences = rest.partition("led to\n")
    assert f"tool.started {name}@{seq}" in head
    assert '"command": "make"' in head
    assert "derived" in head
    assert causes.split()[0] == str(session.log[seq].cause)
    assert "permission.answered" in causes
    assert "tool.finished" in consequences
    assert "1 tool.output" in consequences


def test_the_first_event_has_no_cause(home: Home) -> None:
    home.record(conversation().log)
    result = home.claw("show", "@last@0")
    assert "because of" not in result.stdout
    assert "context.instructions_requested" in result.stdout


def test_an_event_as_json(home: Home) -> None:
    home.record(conversation().log)
    event = json.loads(home.claw("show", "@last@0", "--json").stdout)
    assert (event["seq"], event["kind"]) == (0, "session.started")


def test_the_request_is_rebuilt_from_the_log(home: Home) -> None:
    session = conversation(question="what is it?")
    home.record(session.log)
    requests = [envelope for envelope in session.log if envelope.kind == "model.requested"]
    result = home.claw("show", f"@last@{requests[1].seq}", "--request", "--json")
    assert result.returncode == 0, result.stderr
    assert requests[1].data.digest in result.stderr
    messages = json.loads(result.stdout)["messages"]
    assert [message["role"] for message in messages] == ["user", "assistant", "user"]
    assert messages[0]["blocks"][0]["text"] == "what is it?"
    assert messages[2]["blocks"][0]["content"] == [{"type": "text", "text": "a.txt\n"}]


def test_a_request_has_the_data_of_its_images(home: Home) -> None:
    path = golden("images-and-documents")
    result = home.claw("show", f"{path}@44", "--request", "--json")
    assert result.returncode == 0, result.stderr
    blocks = json.loads(result.stdout)["messages"][2]["blocks"]
    shown = {block["type"]: block for result in blocks for block in result["content"]}
    assert base64.b64decode(shown["document"]["data"]).startswith(b"%PDF-")
    stored, inline = (block for result in blocks for block in result["content"] if block["type"] == "image")
    for image in (stored, inline):
        assert base64.b64decode(image["data"]).startswith(b"\x89PNG")


def test_an_image_is_said_in_words(home: Home) -> None:
    path = golden("images-and-documents")
    for command in (("log", str(path), "--kind", "tool.finished"), ("show", str(path))):
        words = home.claw(*command).stdout
        assert "[image/png, 7 kB]" in words
        assert "[report.pdf: application/pdf, 869 B, 2 pages]" in words
        assert "is not shown: it is damaged" in words


def test_a_request_with_another_digest_is_a_divergence(home: Home) -> None:
    session = conversation()
    seq = seq_of(session, "model.requested")
    forged = msgspec.structs.replace(session.log[seq].data, digest="0" * 64)
    log = [*session.log[:seq], msgspec.structs.replace(session.log[seq], data=forged), *session.log[seq + 1 :]]
    home.record(log)
    result = home.claw("show", f"@last@{seq}", "--request")
    assert (result.returncode, result.stdout) == (8, "")
    assert "0" * 64 in result.stderr
    assert "claw replay" in result.stderr


def test_a_session_is_read_out_as_it_went(home: Home) -> None:
    session = conversation()
    home.record(session.log)
    result = home.claw("show", "@last")
    assert result.returncode == 0, result.stderr
    said = [line for line in result.stdout.splitlines() if line.startswith("## ")]
    assert [line.split(" ")[1] for line in said] == ["User", "Bash", "Assistant"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["@last", "--request"], "does not name one event"),
        (["@last@3^"], "does not name one event"),
        (["@last@9999"], "the session has no event 9999"),
        (["@last@-1"], "names no session or event"),
        (["@last@0", "--request"], "only a model.requested has a request"),
        (["nobody@0"], "no session has the id or name 'nobody'"),
        ([], "Missing argument"),
    ],
)
def test_bad_input(home: Home, arguments: list[str], message: str) -> None:
    home.record(conversation().log)
    result = home.claw("show", *arguments)
    assert (result.returncode, result.stdout) == (2, ""), result.stderr
    assert message in result.stderr
