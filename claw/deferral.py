"""Modules that libraries import and seldom use, executed when something of them is first used.

asyncio and anyio import at once OpenSSL, logging, what is for sockets and streams, and how tracebacks, sources and
signatures are read. claw's connections and processes are made by its native part, so most runs use nothing of that, and
would pay a fifth of the time to a first request for it.
"""

from __future__ import annotations

import importlib
import os
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib.machinery import ModuleSpec
from types import FrameType, FunctionType, ModuleType
from typing import Any, cast

SELDOM_USED: Mapping[str, tuple[str, ...]] = {
    "ssl": (),
    "asyncio.sslproto": (),
    "anyio._core._sockets": ("convert_ipv6_sockaddr",),
    "anyio._core._streams": ("create_memory_object_stream",),
    "ast": (),
    "base64": (),
    "datetime": (),
    "inspect": ("isasyncgen", "iscoroutine", "isgenerator"),
    "ipaddress": ("IPv4Address", "IPv6Address"),
    "linecache": (),
    "locale": (),
    "logging": (),
    "msgspec.inspect": (),
    "msgspec._json_schema": ("schema", "schema_components"),
    "platform": (),
    "shlex": (),
    "subprocess": (),
    "textwrap": ("dedent", "indent"),
    "tokenize": (),
    "traceback": ("extract_stack",),
    "typing_extensions": ("Unpack", "get_type_hints"),
}
"""By name, with what other modules take from it when they are imported themselves, and call later."""

_COROUTINE = 0x80
"""The flag of a coroutine's code, `inspect.CO_COROUTINE`."""
_COROUTINE_STATES = {name: name for name in ("CORO_CREATED", "CORO_RUNNING", "CORO_SUSPENDED", "CORO_CLOSED")}

KNOWN: Mapping[str, Callable[[], Mapping[str, Any]]] = {
    # What the module has in the end, after it has made the same in Python.
    # A data class without a docstring gets its signature for one, which nobody reads.
    "inspect": lambda: {
        **_COROUTINE_STATES,
        "getcoroutinestate": _state_of,
        "iscoroutinefunction": _is_coroutine_function,
        # asyncio asks these of the function that handled a signal before, for a message that nobody reads.
        "isfunction": lambda value: isinstance(value, FunctionType),
        "signature": lambda made: "(…)",
        "unwrap": lambda function: function,
    },
    "logging": lambda: {"DEBUG": 10, "getLogger": _Logger},
    "datetime": lambda: importlib.import_module("_datetime").__dict__,
    "platform": lambda: {"system": lambda: os.uname().sysname, "machine": lambda: os.uname().machine},
    "subprocess": lambda: {"PIPE": -1, "STDOUT": -2, "DEVNULL": -3},
    "typing_extensions": lambda: importlib.import_module("claw.typing_early").KNOWN,
}
"""What other modules use of it when they are imported themselves, without the module."""

ONLY_FOR: Mapping[str, tuple[str, ...]] = {
    "inspect": ("anyio", "asyncio", "dataclasses"),
    "logging": ("asyncio", "concurrent"),
    "typing_extensions": ("anyio", "msgspec"),
}
"""The packages for which what is named above was made; whoever else takes something of the module executes it."""


def _state_of(coroutine: Any) -> str:
    """As `inspect.getcoroutinestate`, which anyio calls whenever something is cancelled."""
    if coroutine.cr_running:
        return "CORO_RUNNING"
    if coroutine.cr_suspended:
        return "CORO_SUSPENDED"
    return "CORO_CLOSED" if coroutine.cr_frame is None else "CORO_CREATED"


def _is_coroutine_function(function: Any) -> bool:
    """As `inspect.iscoroutinefunction`, which asyncio asks of what a signal calls."""
    while isinstance(function, partial):
        function = function.func
    function = getattr(function, "__func__", function)
    return isinstance(function, FunctionType) and bool(function.__code__.co_flags & _COROUTINE)


def defer() -> None:
    """From now on an import of what is seldom used executes nothing; the first use of one of its names does."""
    if _Finder not in sys.meta_path:
        sys.meta_path.insert(0, _Finder)


class _Finder:
    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name not in SELDOM_USED or name in _begun:
            return None
        for finder in sys.meta_path:
            spec = finder.find_spec(name, path, target) if finder is not _Finder else None
            if spec is not None and spec.loader is not None:
                spec.loader = cast("Any", _Loader(spec.loader))
                return spec
        return None


class _Loader:
    """Stands before the loader that was found; for all that it does not do itself, that one is asked."""

    def __init__(self, found: Any) -> None:
        self.found = found

    def __getattr__(self, name: str) -> Any:
        return getattr(self.found, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Deferred(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing, as yet."""


_executing = threading.RLock()
_begun: set[str] = set()


class _Deferred(ModuleType):
    """Until something of it is used; then it is an ordinary module."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name != "__all__":
            raise AttributeError(name)
        if self.__name__ not in _begun and _is_meant(self.__name__, sys._getframe(1)):
            if name in SELDOM_USED[self.__name__]:
                return _Late(self, name)
            known = KNOWN[self.__name__]() if self.__name__ in KNOWN else {}
            if name in known:
                return known[name]
        _execute(self)
        try:
            return self.__dict__[name]
        except KeyError:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}") from None

    def __setattr__(self, name: str, value: Any) -> None:
        # Whoever puts something else in the place of a name of it means the executed module.
        if not name.startswith("__"):
            _execute(self)
        ModuleType.__setattr__(self, name, value)


def _is_meant(name: str, importing: FrameType) -> bool:
    if name not in ONLY_FOR:
        return True
    package, _, _ = importing.f_globals.get("__name__", "").partition(".")
    return package in ONLY_FOR[name]


def _execute(module: ModuleType) -> None:
    """Once. Another thread waits for it; what it imports itself may see the half of it, as with any circle."""
    with _executing:
        if module.__name__ in _begun:
            return
        _begun.add(module.__name__)
        spec = module.__spec__
        assert spec is not None
        assert isinstance(spec.loader, _Loader)
        spec.loader = module.__loader__ = spec.loader.found
        try:
            spec.loader.exec_module(module)
        finally:
            module.__class__ = ModuleType


class _Late:
    """Stands for something of a module; it is called, or made to be of a type first, as the true one is."""

    def __init__(self, module: ModuleType, name: str) -> None:
        self._module = module
        self._name = name

    def _true(self) -> Any:
        _execute(self._module)
        return self._module.__dict__[self._name]

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        return self._true()(*arguments, **named)

    def __getitem__(self, types: Any) -> Any:
        return self._true()[types]

    def __instancecheck__(self, instance: Any) -> bool:
        return isinstance(instance, self._true())

    def __or__(self, other: Any) -> Any:
        """A union in an alias of types, which nothing looks into."""
        return self

    __ror__ = __or__


class _Logger:
    """Stands for a logger until something is asked of it."""

    def __init__(self, name: str | None = None) -> None:
        self._name = name

    def debug(self, *arguments: Any, **named: Any) -> None:
        """asyncio says which selector it uses: nobody has asked for that before logging itself is executed."""
        if "logging" in _begun:
            self.__getattr__("debug")(*arguments, **named)

    def __getattr__(self, name: str) -> Any:
        return getattr(importlib.import_module("logging").getLogger(self._name), name)
