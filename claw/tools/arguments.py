"""Arguments of tools: declared once, as msgspec structs; the JSON Schema a model is shown, and errors worded for it.

A field is a `str`, an `int`, a `float`, a `bool` or a `Literal` of texts, maybe `| None`. Its `msgspec.Meta` says what
it is and what it must keep to. Modules that declare arguments do without `from __future__ import annotations`: to make
types of texts would take longer than all else that is done there.
"""

from __future__ import annotations

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


def parsed(tool: str, model: type[A], arguments: dict[str, Any]) -> A:
    """The checked arguments. Raises ToolError that names each wrong one, without repeating its value.

    An argument that may be left out may be null as well: models that must fill in every parameter write that for it.
    """
    optional = {field.encode_name for field in fields(model) if not field.required}
    given = {name: value for name, value in arguments.items() if value is not None or name not in optional}
    try:
        "".join(value for value in given.values() if isinstance(value, str) and not value.isascii()).encode()
        return msgspec.convert(given, model)
    except (msgspec.ValidationError, UnicodeEncodeError):
        # Nearly every call is plainly right. Of the others some mean what they do not quite say, as "5" for 5: pydantic
        # knows those, and words what is wrong with the rest; to import it takes longer than most calls.
        checked: A = load("claw.tools.lenient", "checked")(tool, model, given)
        return checked


def schema_of(model: type[Arguments]) -> str:
    """JSON Schema of the arguments: compact, keys sorted, the same text on every run."""
    declared = fields(model)
    schema = {
        "type": "object",
        "properties": {field.encode_name: _property(field) for field in declared},
        "required": sorted(field.encode_name for field in declared if field.required),
        "additionalProperties": False,
    }
    return msgspec.json.encode(schema, order="sorted").decode()


def bounds_of(field: FieldInfo) -> tuple[Any, dict[str, Any]]:
    """The bare type of a field, without `None`, and what its `Meta` says of it, by the names that msgspec uses."""
    kind: Any = field.type
    bounds: dict[str, Any] = {}
    while get_origin(kind) in (Union, Annotated):
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
    schema = {_BOUNDS[name]: value for name, value in bounds.items()}
    if get_origin(kind) is Literal:
        values = list(get_args(kind))
        schema |= {"type": "string"} | ({"const": values[0]} if len(values) == 1 else {"enum": values})
    else:
        schema["type"] = _TYPES[kind]
    if not field.required and field.default is not None:
        schema["default"] = field.default
    return schema
