"""Arguments of tools: declared once, as msgspec structs; the JSON Schema a model is shown, and errors worded for it.

A field is a `str`, an `int`, a `float`, a `bool`, a `Literal` of texts, a `dict` of whatever the model likes, or a
`tuple` of any number of one of these or of structs like this; maybe `| None`. Its `msgspec.Meta` says what it is and
what it must keep to. Modules that declare arguments do without `from __future__ import annotations`: to make types of
texts would take longer than all else that is done there.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

import msgspec
from msgspec.structs import FieldInfo, fields

from claw.late import load


class Arguments(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What every tool's arguments have in common: an unknown name is an error, not a guess."""


A = TypeVar("A", bound=Arguments)

_TYPES = {str: "string", int: "integer", float: "number", bool: "boolean"}
_BOUNDS = {
    "min_length": "minLength",
    "max_length": "maxLength",
    "pattern": "pattern",
    "ge": "minimum",
    "gt": "exclusiveMinimum",
    "le": "maximum",
    "lt": "exclusiveMaximum",
    "description": "description",
}
_BOUNDS_OF_LISTS = {"min_length": "minItems", "max_length": "maxItems"}


def parsed(tool: str, model: type[A], arguments: dict[str, Any]) -> A:
    """The checked arguments. Raises ToolError that names each wrong one, without repeating its value.

    An argument that may be left out may be null as well: models that must fill in every parameter write that for it.
    """
    given = without_nulls(model, arguments)
    try:
        "".join(_not_ascii(given)).encode()
        return msgspec.convert(given, model)
    except (msgspec.ValidationError, UnicodeEncodeError):
        # Nearly every call is plainly right. Of the others some mean what they do not quite say, as "5" for 5: pydantic
        # knows those, and words what is wrong with the rest; to import it takes longer than most calls.
        checked: A = load("claw.tools.lenient", "checked")(tool, model, given)
        return checked


def without_nulls(model: type[Arguments], arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments, of which those that may be left out and are null are left out, in lists of structs as well."""
    declared = {field.encode_name: field for field in fields(model)}
    given = {}
    for name, value in arguments.items():
        field = declared.get(name)
        if value is None and field is not None and not field.required:
            continue
        if isinstance(value, list) and field is not None and (item := item_of(bounds_of(field)[0])) is not None:
            value = [without_nulls(item, one) if isinstance(one, dict) else one for one in value]
        given[name] = value
    return given


def _not_ascii(value: Any) -> Iterator[str]:
    """The texts in it that are not ASCII."""
    if isinstance(value, str):
        if not value.isascii():
            yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _not_ascii(one)


def item_of(kind: Any) -> type[Arguments] | None:
    """The struct that a list of structs is made of; None: it is another kind of value."""
    item = get_args(kind)[0] if get_origin(kind) is tuple else None
    return item if isinstance(item, type) and issubclass(item, Arguments) else None


def schema_of(model: type[Arguments]) -> str:
    """JSON Schema of the arguments: compact, keys sorted, the same text on every run."""
    return msgspec.json.encode(_object(model), order="sorted").decode()


def _object(model: type[Arguments]) -> dict[str, Any]:
    declared = fields(model)
    return {
        "type": "object",
        "properties": {field.encode_name: _property(field) for field in declared},
        "required": sorted(field.encode_name for field in declared if field.required),
        "additionalProperties": False,
    }


def bounds_of(field: FieldInfo) -> tuple[Any, dict[str, Any]]:
    """The bare type of a field, without `None`, and what its `Meta` says of it, by the names that msgspec uses."""
    kind: Any = field.type
    bounds: dict[str, Any] = {}
    while get_origin(kind) in (Union, UnionType, Annotated):
        if get_origin(kind) is Annotated:
            kind, *said = get_args(kind)
            bounds.update(
                (name, value) for meta in said for name in _BOUNDS if (value := getattr(meta, name)) is not None
            )
        else:
            (kind,) = (one for one in get_args(kind) if one is not type(None))
    return kind, bounds


def _property(field: FieldInfo) -> dict[str, Any]:
    """No more than a model needs: a default of None is what leaving it out says."""
    kind, bounds = bounds_of(field)
    words = _BOUNDS | _BOUNDS_OF_LISTS if get_origin(kind) is tuple else _BOUNDS
    schema = {words[name]: value for name, value in bounds.items()} | _type(kind)
    if not field.required and field.default is not None:
        schema["default"] = field.default
    return schema


def _type(kind: Any) -> dict[str, Any]:
    if get_origin(kind) is Literal:
        values = list(get_args(kind))
        return {"type": "string"} | ({"const": values[0]} if len(values) == 1 else {"enum": values})
    if get_origin(kind) is tuple:
        item = item_of(kind)
        return {"type": "array", "items": _type(get_args(kind)[0]) if item is None else _object(item)}
    return {"type": "object" if get_origin(kind) is dict else _TYPES[kind]}
