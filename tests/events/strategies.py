"""Any value of any event, made from the types that `msgspec` decodes by."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import strategies as st
from msgspec import inspect

from claw.events.base import Event
from claw.events.kinds import KINDS

# JSON has neither infinities nor NaN, and where JSON comes in they are refused.
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
INT64 = st.integers(-(2**63), 2**63 - 1)
TEXT = st.text(max_size=12)
ANYTHING = st.recursive(
    st.none() | st.booleans() | INT64 | FLOATS | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)


def values(kind: inspect.Type) -> st.SearchStrategy[Any]:
    """Values of a type."""
    match kind:
        case inspect.StructType(cls=cls, fields=fields):
            return st.fixed_dictionaries({field.name: values(field.type) for field in fields}).map(
                lambda filled: cls(**filled)
            )
        case inspect.UnionType(types=types):
            return st.one_of(*map(values, types))
        case inspect.LiteralType(values=words):
            return st.sampled_from(words)
        case inspect.VarTupleType(item_type=item):
            return st.lists(values(item), max_size=3).map(tuple)
        case inspect.DictType(key_type=key, value_type=value):
            return st.dictionaries(values(key), values(value), max_size=3)
    return _SIMPLE[type(kind)]


_SIMPLE: dict[type[inspect.Type], st.SearchStrategy[Any]] = {
    inspect.StrType: TEXT,
    inspect.IntType: INT64,
    inspect.BoolType: st.booleans(),
    inspect.NoneType: st.none(),
    inspect.AnyType: ANYTHING,
}


def events(cls: type[Event]) -> st.SearchStrategy[Event]:
    """Events of one kind."""
    return values(msgspec.inspect.type_info(cls))


any_event: st.SearchStrategy[Event] = st.one_of(*(events(cls) for cls in KINDS.values()))
