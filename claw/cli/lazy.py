"""The one place where modules are imported late, so that a command pays only for what it uses."""

from __future__ import annotations

import importlib
from typing import Any


def load(module: str, name: str) -> Any:
    """The attribute `name` of `module`."""
    return getattr(importlib.import_module(module), name)
