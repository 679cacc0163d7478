"""Every way to change one field of an event: each leaf of its payload, and of its record's header."""

from __future__ import annotations

import functools
import types
from collections.abc import Iterator
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec.structs import replace

from claw.events.base import DERIVED, DURABLE, SKIPPABLE, Event
from claw.events.codec import Record
from claw.events.context import InstructionsRequested
from claw.events.kinds import KINDS, kind_of
from claw.events.session import TurnFinished

_encode = msgspec.msgpack.Encoder().encode


def of_payload(event: Event) -> Iterator[tuple[str, bytes]]:
    """(field, payload with that field changed) for every leaf, those that were left at their default included."""
    for field, changed in _struct(event):
        yield field, _encode(changed)


def of_header(record: Record) -> Iterator[tuple[str, Record]]:
    """(field, record with that field changed); the payload says the kind too, and is changed with it."""
    seq, ts, kind, version, agent, cause, flags, payload = record
    yield "ts", (seq, ts + 1, kind, version, agent, cause, flags, payload)
    yield "agent", (seq, ts, kind, version, agent + 1, cause, flags, payload)
    for other in (None, (cause or 0) - 1 if cause else cause, seq):
        if other != cause:
            yield f"cause {other}", (seq, ts, kind, version, agent, other, flags, payload)
    for name, bit in (("derived", DERIVED), ("durable", DURABLE), ("skippable", SKIPPABLE)):
        yield f"flags {name}", (seq, ts, kind, version, agent, cause, flags ^ bit, payload)
    # A record of an older version that holds what the newest would is one of the newest in all but its number.
    yield "version", (seq, ts, kind, KINDS[kind].version + 1, agent, cause, flags, payload)
    yield "version 0", (seq, ts, kind, 0, agent, cause, flags, payload)
    instead: Event = (
        InstructionsRequested() if kind != "context.instructions_requested" else TurnFinished(reason="done")
    )
    yield "kind", (seq, ts, kind_of(instead), instead.version, agent, cause, flags, _encode(instead))
    yield "kind in the header", (seq, ts, kind_of(instead), instead.version, agent, cause, flags, payload)
    yield "unknown kind", (seq, ts, "x.unheard_of", version, agent, cause, flags, payload)
    yield "unknown skippable kind", (seq, ts, "x.unheard_of", version, agent, cause, flags | SKIPPABLE, payload)


def _struct(value: Any) -> Iterator[tuple[str, Any]]:
    for name, hint in _hints(type(value)).items():
        for path, changed in _changes(getattr(value, name), hint):
            yield name + path, replace(value, **{name: changed})


def _changes(value: Any, hint: Any) -> Iterator[tuple[str, Any]]:
    """(path below the field, value) with one leaf changed."""
    match value:
        case msgspec.Struct():
            yield from ((f".{path}", changed) for path, changed in _struct(value))
        case dict():
            for key in value:
                for path, changed in _changes(value[key], Any):
                    yield f".{key}{path}", {**value, key: changed}
                yield f".{key} gone", {other: value[other] for other in value if other != key}
            yield " one more", {**value, "more": 1}
        case tuple() | list():
            for position, item in enumerate(value):
                for path, changed in _changes(item, _item(hint)):
                    yield f"[{position}]{path}", type(value)((*value[:position], changed, *value[position + 1 :]))
                yield f"[{position}] gone", type(value)((*value[:position], *value[position + 1 :]))
            yield " one more", type(value)((*value, _sample(_item(hint))))
        case _:
            yield "", _other(value, hint)


def _other(value: Any, hint: Any) -> Any:
    """Another value that the field may have."""
    match value:
        case bool():
            return not value
        case int() | float():
            return value + 1
        case str():
            return next((word for word in _words(hint) if word != value), value + "~")
        case _:
            return _sample(hint)


def _sample(hint: Any) -> Any:
    """Some value of this type, never None."""
    words = _words(hint)
    if words:
        return words[0]
    for kind in _members(hint):
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            required = {field.name for field in msgspec.structs.fields(kind) if field.required}
            hints = _hints(kind)
            return kind(**{name: _sample(hints[name]) for name in kind.__struct_fields__ if name in required})
        if get_origin(kind) is tuple:
            return ()
        if get_origin(kind) is dict:
            return {"more": 1}
        if kind in (int, float, str, bool):
            return kind(1)
    return 1


def _words(hint: Any) -> tuple[Any, ...]:
    return tuple(word for member in _members(hint) if get_origin(member) is Literal for word in get_args(member))


def _members(hint: Any) -> Iterator[Any]:
    if get_origin(hint) in (Union, types.UnionType):
        for member in get_args(hint):
            yield from _members(member)
    elif hint is not type(None):
        yield hint


def _item(hint: Any) -> Any:
    return next((get_args(member)[0] for member in _members(hint) if get_origin(member) is tuple), Any)


@functools.cache
def _hints(cls: type[Any]) -> dict[str, Any]:
    hints = get_type_hints(cls)
    return {name: hints[name] for name in cls.__struct_fields__}
