"""Arguments of tools that are not plainly right, judged by pydantic: what is meant by them, or what is wrong."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any

import pydantic
from msgspec.structs import fields

from claw.errors import ToolError
from claw.tools.arguments import A, Arguments, bounds_of


def checked(tool: str, model: type[A], given: dict[str, Any]) -> A:
    """The arguments as they are meant. Raises ToolError that names each wrong one, without repeating its value."""
    try:
        meant = _twin(model).model_validate(given)
    except pydantic.ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, problem['loc'])) or 'arguments'}: {problem['msg']}"
            for problem in error.errors(include_url=False, include_input=False, include_context=False)
        )
        raise ToolError(f"Invalid arguments for {tool}: {wrong}") from None
    return model(**{field.name: getattr(meant, field.name) for field in fields(model)})


@cache
def _twin(model: type[Arguments]) -> type[pydantic.BaseModel]:
    """The pydantic model with the same fields."""
    declared: dict[str, Any] = {}
    for field in fields(model):
        kind, bounds = bounds_of(field)
        alias = field.encode_name if field.encode_name != field.name else None
        default = ... if field.required else field.default
        nullable = kind if field.required else kind | None if field.default is None else kind
        declared[field.name] = (Annotated[nullable, pydantic.Field(alias=alias, **bounds)], default)
    config = pydantic.ConfigDict(extra="forbid", frozen=True)
    return pydantic.create_model(model.__name__, __config__=config, **declared)
