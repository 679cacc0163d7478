"""Arguments of tools that are not plainly right, judged by pydantic: what is meant by them, or what is wrong."""

from __future__ import annotations

from functools import cache, partial
from typing import Annotated, Any, get_origin

import msgspec
import pydantic
from msgspec.structs import fields

from claw.errors import ToolError
from claw.tools.arguments import A, Arguments, bounds_of, item_of, without_nulls


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
    return _as_declared(model, meant)


def _as_declared(model: type[A], meant: pydantic.BaseModel) -> A:
    values: dict[str, Any] = {}
    for field in fields(model):
        value = getattr(meant, field.name)
        item = item_of(bounds_of(field)[0])
        values[field.name] = value if item is None or value is None else tuple(_as_declared(item, one) for one in value)
    return model(**values)


def _listed(item: type[Arguments] | None, value: Any) -> Any:
    """A list as it is meant by a model that wrote it as a text of JSON."""
    if not isinstance(value, str):
        return value
    try:
        decoded = msgspec.json.decode(value, type=list[Any])
    except msgspec.MsgspecError:
        return value
    return [without_nulls(item, one) if item and isinstance(one, dict) else one for one in decoded]


@cache
def _twin(model: type[Arguments]) -> type[pydantic.BaseModel]:
    """The pydantic model with the same fields."""
    declared: dict[str, Any] = {}
    for field in fields(model):
        kind, bounds = bounds_of(field)
        if get_origin(kind) is tuple:
            item = item_of(kind)
            listed: Any = kind if item is None else tuple[_twin(item), ...]  # type: ignore[misc]
            kind = Annotated[listed, pydantic.BeforeValidator(partial(_listed, item))]
        alias = field.encode_name if field.encode_name != field.name else None
        default = ... if field.required else field.default
        nullable = kind if field.required else kind | None if field.default is None else kind
        declared[field.name] = (Annotated[nullable, pydantic.Field(alias=alias, **bounds)], default)
    config = pydantic.ConfigDict(extra="forbid", frozen=True)
    return pydantic.create_model(model.__name__, __config__=config, **declared)
