"""What others than claw's own edits have changed on disk: commands, the person. Functions block."""

from __future__ import annotations

import os
from collections.abc import Collection
from typing import TypeAlias

from claw.execution.language.server import CHANGED, CREATED, DELETED

MOST = 20_000
"""Entries of folders that are looked at; in a workspace with more a server is told of the files that it holds."""
_PASSED = frozenset(("node_modules", "__pycache__", "target", "venv", "dist", "build", "vendor"))
"""Folders in which nobody edits. So it is with those whose name begins with a dot."""
_ALWAYS = (".json", ".toml")
"""Also what projects say of themselves."""

Seen: TypeAlias = dict[str, tuple[int, int]]
"""When each file was changed, in ns, and its size."""


def look(root: str, suffixes: Collection[str]) -> Seen:
    """The files of these suffixes below the folder; nothing where there is too much to look at."""
    wanted = (*suffixes, *_ALWAYS)
    seen: Seen = {}
    folders, entries = [root], 0
    while folders:
        try:
            with os.scandir(folders.pop()) as found:
                for entry in found:
                    entries += 1
                    if entries > MOST:
                        return {}
                    if entry.is_dir(follow_symlinks=False):
                        if not entry.name.startswith(".") and entry.name not in _PASSED:
                            folders.append(entry.path)
                    elif entry.name.endswith(wanted) and entry.is_file(follow_symlinks=False):
                        stat = entry.stat(follow_symlinks=False)
                        seen[entry.path] = stat.st_mtime_ns, stat.st_size
        except OSError:
            continue
    return seen


def between(before: Seen, now: Seen) -> dict[str, int]:
    """What has become of files, by path, as a server is told it."""
    new = {path: CREATED if path not in before else CHANGED for path in now if before.get(path) != now[path]}
    return new | {path: DELETED for path in before if path not in now}
