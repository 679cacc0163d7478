"""What anyio and msgspec use of typing_extensions when they are imported, without that module, whose classes take
milliseconds: the same objects where typing has them, else such as typing_extensions makes of typing's.
"""

from __future__ import annotations

import sys
import typing
from types import FrameType
from typing import Any


def _type_variable(name: str, **described: Any) -> Any:
    has_default, default = "default" in described, described.pop("default", None)
    variable = _of(sys._getframe(1), typing.TypeVar(name, **described))
    if not has_default:
        return variable

    def prepare(alias: Any, arguments: tuple[object, ...]) -> tuple[object, ...]:
        missing = alias.__parameters__.index(variable) == len(arguments)
        return (*arguments, default) if missing else arguments

    variable.has_default = lambda: True
    variable.__default__ = default
    variable.__typing_prepare_subst__ = prepare
    return variable


def _type_variables(name: str) -> Any:
    return _of(sys._getframe(1), typing.TypeVarTuple(name))


def _of(caller: FrameType, variable: Any) -> Any:
    if not hasattr(variable, "__infer_variance__"):
        variable.__infer_variance__ = False
    variable.__module__ = caller.f_globals["__name__"]
    return variable


class _Sentinel:
    def __init__(self, name: str) -> None:
        self.__name__ = name

    def __repr__(self) -> str:
        return self.__name__


KNOWN = {
    "Never": typing.Never,
    "NotRequired": typing.NotRequired,
    "Required": typing.Required,
    "Self": typing.Self,
    "TypeVar": _type_variable,
    "TypeVarTuple": _type_variables,
    "sentinel": _Sentinel,
}
