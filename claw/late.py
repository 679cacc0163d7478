"""What is done late, so that a run pays only for what it uses (`docs/adr/0020`): the one place for late imports.

Late imports go down only, as all others do: `tests/test_layers.py` reads them.
"""

from __future__ import annotations

import importlib
import re
from typing import Any, cast


def load(module: str, name: str = "") -> Any:
    """The module, or its attribute `name`."""
    loaded = importlib.import_module(module)
    return getattr(loaded, name) if name else loaded


def pattern(source: str, flags: int = 0) -> re.Pattern[str]:
    """The regular expression, compiled when it is first asked for something: a long one takes milliseconds."""
    return cast("re.Pattern[str]", _Pattern(source, flags))


class _Pattern:
    def __init__(self, source: str, flags: int) -> None:
        self.pattern = source
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        value = getattr(re.compile(self.pattern, self._flags), name)
        setattr(self, name, value)
        return value
