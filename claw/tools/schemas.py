"""Arguments judged by a JSON Schema that claw did not write. Nothing that a schema names is fetched."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import jsonschema_rs
import msgspec

from claw.errors import ToolError

MOST_TOLD = 8
"""Problems that a model is told at once."""


def must_be_usable(schema: str) -> None:
    """Raises ToolError for a text that is no JSON Schema."""
    _validator(schema)


def must_fit(tool: str, schema: str, arguments: dict[str, Any]) -> None:
    """Raises ToolError that says where these arguments do not fit, and how."""
    errors = list(_validator(schema).iter_errors(arguments))
    if not errors:
        return
    told = [f"{_place(error.instance_path)}: {error.message}" for error in errors[:MOST_TOLD]]
    more = f"; and {len(errors) - MOST_TOLD} more" if len(errors) > MOST_TOLD else ""
    raise ToolError(f"Invalid arguments for {tool}: {'; '.join(told)}{more}")


def _place(path: list[str | int]) -> str:
    return ".".join(map(str, path)) or "arguments"


@lru_cache(maxsize=64)
def _validator(schema: str) -> jsonschema_rs.Validator:
    try:
        return jsonschema_rs.validator_for(msgspec.json.decode(schema), retriever=_refuse)
    except (ValueError, jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError) as error:
        raise ToolError(f"The schema cannot be used: {str(error).splitlines()[0]}") from None


def _refuse(uri: str) -> Any:
    raise ValueError(f"{uri} is not fetched")
