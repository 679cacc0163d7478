"""Arguments of tools: pydantic models, the JSON Schema a model is shown, and errors worded for it."""

from __future__ import annotations

import json
from typing import Any, TypeVar

import pydantic

from claw.errors import ToolError


class Arguments(pydantic.BaseModel):
    """What every tool's arguments have in common: an unknown name is an error, not a guess."""

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)


A = TypeVar("A", bound=pydantic.BaseModel)


def parsed(tool: str, model: type[A], arguments: dict[str, Any]) -> A:
    """The checked arguments. Raises ToolError that names each wrong one, without repeating its value.

    An argument that may be left out may be null as well: models that must fill in every parameter write that for it.
    """
    optional = {field.alias or name for name, field in model.model_fields.items() if not field.is_required()}
    given = {name: value for name, value in arguments.items() if value is not None or name not in optional}
    try:
        return model.model_validate(given)
    except pydantic.ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, problem['loc'])) or 'arguments'}: {problem['msg']}"
            for problem in error.errors(include_url=False, include_input=False, include_context=False)
        )
        raise ToolError(f"Invalid arguments for {tool}: {wrong}") from None


def schema_of(model: type[pydantic.BaseModel]) -> str:
    """JSON Schema of the arguments: compact, keys sorted, the same text on every run."""
    return json.dumps(_bare(model.model_json_schema(by_alias=True)), sort_keys=True, separators=(",", ":"))


def _bare(schema: dict[str, Any]) -> dict[str, Any]:
    """Without pydantic's titles, defaults of None and `anyOf` with null: what a model needs and no more."""
    properties = {name: _property(value) for name, value in schema["properties"].items()}
    return {
        "type": "object",
        "properties": properties,
        "required": sorted(schema.get("required", ())),
        "additionalProperties": False,
    }


def _property(schema: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in schema.items() if key not in ("title", "anyOf")}
    if kept.get("default", 0) is None:
        del kept["default"]
    for choice in schema.get("anyOf", ()):
        if choice != {"type": "null"}:
            kept.update(choice)
    return kept
