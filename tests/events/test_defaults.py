"""Defaults are part of the format: a field that has its default is not written, so whoever edits a default changes what
logs say that lie on disks.

`defaults.json` has them all. A field may be added to it, with a new version of its kind; a line that is there may
change only when the kind gets a new version and an upcast that writes the old default into the old logs' fields.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_type_hints

import msgspec
import pytest

from claw.events.base import Envelope
from claw.events.kinds import KINDS

PINNED: dict[str, dict[str, Any]] = json.loads((Path(__file__).parent / "defaults.json").read_text())


def structs() -> dict[str, type[msgspec.Struct]]:
    """Every struct that an event is made of, by its name."""
    found: dict[str, type[msgspec.Struct]] = {}
    waiting: list[Any] = [*KINDS.values()]
    while waiting:
        part = waiting.pop()
        if not (isinstance(part, type) and issubclass(part, msgspec.Struct)):
            waiting += get_args(part)
        elif part.__name__ not in found:
            found[part.__name__] = part
            waiting += get_type_hints(part).values()
    return found


def defaults(struct: type[msgspec.Struct]) -> Iterator[tuple[str, Any]]:
    for field in msgspec.structs.fields(struct):
        if field.default_factory is not msgspec.NODEFAULT:
            yield field.name, msgspec.to_builtins(field.default_factory())
        elif field.default is not msgspec.NODEFAULT:
            yield field.name, msgspec.to_builtins(field.default)


@pytest.mark.parametrize("name", sorted({*structs(), *PINNED}))
def test_no_default_is_another_than_it_was(name: str) -> None:
    assert json.loads(json.dumps(dict(defaults(structs()[name])))) == PINNED.get(name, {})


def test_what_steers_decisions_is_among_them() -> None:
    assert PINNED["Config"]["compact_at"] == 80
    assert PINNED["Retry"]["attempts"]
    assert PINNED["Model"]["window"]
    assert Envelope.__name__ not in structs(), "the envelope has no defaults: all of it is in the record's header"
