"""What is written is what is read, for every event there can be; and what is not understood is kept."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from claw.errors import EventInvalid
from claw.events import codec
from claw.events.base import DERIVED, DURABLE, SKIPPABLE, Event, Unknown
from claw.events.codec import Record, decode, encode, envelop, fields, json_line
from claw.events.kinds import KINDS, kind_of
from tests.events.strategies import any_event, events


def record(event: Event, *, kind: str = "", version: int = 0, payload: bytes | None = None) -> Record:
    payload = encode(event) if payload is None else payload
    return (7, 1_000, kind or kind_of(event), version or event.version, 0, 3, codec.flags_of(event), payload)


@given(any_event)
def test_every_event_comes_back_as_it_was(event: Event) -> None:
    envelope = decode(record(event))
    assert envelope.data == event
    assert type(envelope.data) is type(event)
    assert encode(envelope.data) == encode(event)
    assert envelope == envelop(event, seq=7, ts=1_000, agent=0, cause=3)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_tried(kind: str) -> None:
    @given(events(KINDS[kind]))
    @settings(max_examples=20, deadline=None)
    def of_this_kind(event: Event) -> None:
        assert decode(record(event)).data == event

    of_this_kind()


@given(any_event)
def test_json_says_the_same_as_the_fields(event: Event) -> None:
    envelope = envelop(event, seq=7, ts=1_000, agent=0, cause=None)
    line = json_line(envelope)
    assert b"\n" not in line
    plain = json.loads(line)
    assert (plain["seq"], plain["kind"], plain["cause"]) == (7, kind_of(event), None)
    assert plain["data"] == json.loads(json.dumps(fields(event)))


@given(st.binary(max_size=40), st.integers(0, 7))
@example(b"\x81\xa1\xff\x01", 0)  # a map whose key is not UTF-8
def test_an_unknown_kind_keeps_its_bytes(payload: bytes, flags: int) -> None:
    envelope = decode((7, 1_000, "dream.dreamt", 3, 0, None, flags, payload))
    assert isinstance(envelope.data, Unknown)
    assert (envelope.kind, envelope.version, envelope.flags) == ("dream.dreamt", 3, flags)
    assert encode(envelope.data) == payload
    json.loads(json_line(envelope))


@pytest.mark.parametrize("kind", KINDS)
def test_a_newer_version_of_a_known_kind_keeps_its_bytes(kind: str) -> None:
    payload = msgspec.msgpack.encode({"kind": kind, "shape": "of tomorrow"})
    envelope = decode((7, 1_000, kind, KINDS[kind].version + 1, 0, None, 0, payload))
    assert isinstance(envelope.data, Unknown)
    assert encode(envelope.data) == payload
    assert fields(envelope.data) == {"shape": "of tomorrow"}


@given(any_event, any_event)
def test_a_record_whose_header_and_payload_name_two_kinds_is_invalid(one: Event, other: Event) -> None:
    if kind_of(one) == kind_of(other):
        return
    with pytest.raises(EventInvalid, match="event 7"):
        decode(record(one, kind=kind_of(other), version=other.version))


@given(any_event, st.data())
def test_a_cut_payload_is_invalid_and_names_its_event(event: Event, data: st.DataObject) -> None:
    whole = encode(event)
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]
    with pytest.raises(EventInvalid, match="event 7"):
        decode(record(event, payload=cut))


def test_flags_say_what_a_kind_is() -> None:
    said = {kind: (cls.derived, cls.durable, cls.skippable, cls.intent) for kind, cls in KINDS.items()}
    assert said["model.chunk"] == said["tool.output"] == (False, False, True, False)
    assert said["timer.set"] == (True, True, False, True)
    assert said["turn.finished"] == (True, True, False, False)
    reads = {
        "tool.resolve_requested",
        "context.instructions_requested",
        "tools.search_requested",
        "environment.requested",
        "memory.requested",
        "skills.requested",
        "files.look_requested",
    }
    for kind, (derived, durable, skippable, intent) in said.items():
        assert durable or not intent or kind in reads, "it would act before the disk has it"
        assert durable or not derived or kind in {"tool.requested", *reads}
        assert derived or not intent
        assert not (skippable and derived)
    assert (DERIVED, DURABLE, SKIPPABLE) == (1, 2, 4)


def test_a_name_is_a_dotted_word_of_its_own() -> None:
    for kind in KINDS:
        family, _, fact = kind.partition(".")
        assert family.isalpha()
        assert fact.replace("_", "").isalpha()
        assert kind == kind.lower()
