"""Folders removed with all that is in them, whatever rights that has."""

from __future__ import annotations

import os
import shutil
import stat
from contextlib import suppress
from typing import Any


def remove_tree(root: str) -> None:
    """Remove the folder, as far as that is possible; links are not followed. Raises nothing. Blocks."""
    shutil.rmtree(root, onerror=_open_up)


def _open_up(remove: Any, path: str, _: object) -> None:
    """A folder that its user cannot look into or change is made one that can be removed."""
    with suppress(OSError):
        folder = path if remove in (os.open, os.scandir, os.lstat) else os.path.dirname(path)
        os.chmod(folder, stat.S_IRWXU)
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path, ignore_errors=True)
        else:
            os.unlink(path)
