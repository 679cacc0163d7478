"""Where the programs on PATH live: for commands that would not see them otherwise, and which of them claw runs itself.

An activated virtual environment puts a folder of the workspace on PATH. It belongs to the workspace: commands change it
as all of that, and no program that runs unconfined is taken from it while there is another of that name.
"""

from __future__ import annotations

import os
import shutil
import sys
from functools import lru_cache

from claw.toolbox.paths import is_inside

_SYSTEM = frozenset(("/bin", "/sbin", "/usr/bin", "/usr/sbin"))
"""Links in these lead to the system, which every command sees."""
_HOMES = ("/root", "/home", "/Users")
_PRIVATE = ("/tmp", "/var/tmp", "/run", "/dev/shm")
"""Where a confined command finds nothing but its own."""


@lru_cache(maxsize=8)
def prefixes(search_path: str, home: str, workspace: str) -> tuple[str, ...]:
    """Folders that a confined command would not see, though programs on `search_path` and claw's own Python need them:
    where they are or lead to, and what belongs to them (of `…/bin` all of `…`). Never a home folder itself, nor what
    lies around `~/.local/bin`. Of the workspace only claw's own Python, which no command may change.
    """
    own = {prefix for prefix in (sys.prefix, sys.base_prefix) if _hidden(prefix, home) or is_inside(prefix, workspace)}
    found: set[str] = set()
    for folder in search_path.split(os.pathsep):
        if not os.path.isabs(folder) or folder in _SYSTEM:
            continue
        for place in {os.path.realpath(folder), *_led_to(folder)}:
            if _hidden(place, home):
                prefix = os.path.dirname(place) if os.path.basename(place) in ("bin", "shims", "condabin") else place
                found.add(place if _is_too_much(prefix, home) else prefix)
    seen = own | {place for place in found if not is_inside(place, workspace)}
    return tuple(sorted(place for place in seen if not _is_too_much(place, home)))


def bash_of(search_path: str, workspace: str) -> str | None:
    """The bash that claw runs: none that a command could have made."""
    found = shutil.which("bash", path=os.pathsep.join(_apart(search_path, workspace)))
    return None if found is None or is_inside(os.path.realpath(found), workspace) else found


def workspace_last(search_path: str, workspace: str) -> str:
    """The same search path with the folders last that commands can change: what is theirs hides no other program."""
    apart = _apart(search_path, workspace)
    return os.pathsep.join([*apart, *(folder for folder in search_path.split(os.pathsep) if folder not in apart)])


def _apart(search_path: str, workspace: str) -> list[str]:
    """The folders of a search path that neither are nor lead into the workspace; a relative one starts there."""
    folders = search_path.split(os.pathsep)
    return [path for path in folders if os.path.isabs(path) and not is_inside(os.path.realpath(path), workspace)]


def _led_to(folder: str) -> set[str]:
    """The folders that links in this one lead to."""
    try:
        with os.scandir(folder) as entries:
            return {os.path.dirname(os.path.realpath(entry.path)) for entry in entries if entry.is_symlink()}
    except OSError:
        return set()


def _hidden(place: str, home: str) -> bool:
    return any(place.startswith(f"{root}{os.sep}") for root in (*_HOMES, *_PRIVATE, home))


def _is_too_much(prefix: str, home: str) -> bool:
    parent, name = os.path.split(prefix)
    return prefix in (home, "/root", *_PRIVATE) or parent in _HOMES[1:] or name == ".local"
