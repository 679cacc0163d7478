"""Events to the log's payloads (msgpack) and back, and to JSON for people."""

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

import msgspec

from claw.errors import EventInvalid
from claw.events.base import DERIVED, DURABLE, SKIPPABLE, Blob, Envelope, Event, Unknown
from claw.events.kinds import KINDS, kind_of
from claw.events.upcasting import lift, was_durable

UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError)
"""What msgspec raises for bytes that are no msgpack; the second for text in them that is not UTF-8."""

_encoder = msgspec.msgpack.Encoder()
_fields_decoder: msgspec.msgpack.Decoder[dict[str, Any]] = msgspec.msgpack.Decoder(dict[str, Any])
_json_encoder = msgspec.json.Encoder()

_UNKNOWN = (-1, None)
"""Any version of an unknown kind is newer."""

BLOB_MARK = b"\xa4type\xa4blob"
"""Is in every payload that refers to a blob, and hardly in any other."""


class _Decoders(dict[str, tuple[int, msgspec.msgpack.Decoder[Event] | None]]):
    """The version of each kind, and a decoder of its own, which refuses a payload that says it is of another. Each is
    made when it is first asked for: all together take longer than most commands.
    """

    def __missing__(self, kind: str) -> tuple[int, msgspec.msgpack.Decoder[Event] | None]:
        cls = KINDS.get(kind)
        if cls is None:
            return _UNKNOWN
        made = self[kind] = (cls.version, msgspec.msgpack.Decoder(cls))
        return made


_known = _Decoders()

Record: TypeAlias = tuple[int, int, str, int, int, int | None, int, bytes]
"""seq, ts, kind, version, agent, cause, flags, payload: as `_native.LogReader` yields it."""


def encode(event: Event) -> bytes:
    """The payload; its kind is in it and beside it in the record's header."""
    if isinstance(event, Unknown):
        return event.payload
    return _encoder.encode(event)


def flags_of(event: Event) -> int:
    """What the record's header says of this event."""
    return event.derived * DERIVED | event.durable * DURABLE | event.skippable * SKIPPABLE


def flags_in(event: Event, version: int) -> int:
    """What the record's header said of it when its kind had this version."""
    return flags_of(event) | was_durable(kind_of(event), version) * DURABLE


def decode(record: Record) -> Envelope:
    """Raises EventInvalid when the payload of a known kind is not what that kind holds."""
    seq, ts, kind, version, agent, cause, flags, payload = record
    current, decoder = _known[kind]
    if decoder is not None and current == version:
        try:
            return Envelope(seq, ts, kind, version, agent, cause, flags, decoder.decode(payload))
        except UNREADABLE as error:
            raise EventInvalid(f"event {seq} is not a valid {kind}: {error}", hint="claw verify") from None
    if version > current:
        data: Event = Unknown(name=kind, payload=bytes(payload))
    else:
        data = _lifted(seq, kind, version, current, payload)
    return Envelope(seq, ts, kind, version, agent, cause, flags, data)


def _lifted(seq: int, kind: str, version: int, current: int, payload: bytes) -> Event:
    try:
        fields = lift(kind, version, current, _fields_decoder.decode(payload))
        return msgspec.convert(fields, KINDS[kind])
    except (*UNREADABLE, KeyError) as error:
        raise EventInvalid(f"event {seq} is no {kind} of version {version}: {error}", hint="claw verify") from None


def blobs_of(value: object) -> Iterator[Blob]:
    """The blobs that an event refers to; what only looks like one, in a tool's arguments, is none."""
    match value:
        case Blob():
            yield value
        case msgspec.Struct():
            for name in value.__struct_fields__:
                yield from blobs_of(getattr(value, name))
        case tuple():
            for item in value:
                yield from blobs_of(item)


def fields(event: Event) -> dict[str, Any]:
    """The event's fields as plain data, without its kind; of an unknown one what its bytes say."""
    if isinstance(event, Unknown):
        try:
            plain = _fields_decoder.decode(event.payload)
        except UNREADABLE:
            return {"payload": event.payload.hex()}
    else:
        plain = msgspec.to_builtins(event)
    plain.pop("kind", None)
    return plain


def plain(payload: bytes) -> dict[str, Any]:
    """A payload as plain data, whatever it holds, its kind left out. Raises EventInvalid where it is no map."""
    try:
        found = _fields_decoder.decode(payload)
    except UNREADABLE as error:
        raise EventInvalid(f"a payload is not a msgpack map: {error}", hint="claw verify") from None
    found.pop("kind", None)
    return found


def json_line(envelope: Envelope) -> bytes:
    """One JSON object: seq, ts, kind, agent, cause, data. Without a line end."""
    return _json_encoder.encode(
        {
            "seq": envelope.seq,
            "ts": envelope.ts,
            "kind": envelope.kind,
            "agent": envelope.agent,
            "cause": envelope.cause,
            "data": fields(envelope.data),
        }
    )


def envelop(event: Event, *, seq: int, ts: int, agent: int, cause: int | None) -> Envelope:
    """The event as it will stand in the log."""
    return Envelope(seq, ts, kind_of(event), event.version, agent, cause, flags_of(event), event)


def envelop_all(events: Sequence[Event], *, seq: int, ts: int, agent: int, cause: int | None) -> list[Envelope]:
    """Events of one kind as they will stand in the log, the first with this seq."""
    kind, version, flags = kind_of(events[0]), events[0].version, flags_of(events[0])
    return [Envelope(at, ts, kind, version, agent, cause, flags, event) for at, event in enumerate(events, seq)]
