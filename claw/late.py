"""The one place where modules are imported late, so that a run pays only for what it uses (`docs/adr/0020`).

Late imports go down only, as all others do: `tests/test_layers.py` reads them.
"""

from __future__ import annotations

import importlib
from typing import Any


def load(module: str, name: str = "") -> Any:
    """The module, or its attribute `name`."""
    loaded = importlib.import_module(module)
    return getattr(loaded, name) if name else loaded
