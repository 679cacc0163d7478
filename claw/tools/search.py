"""What Glob and Grep share: a search that ends when nobody waits for it or it takes too long, and what it left out."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TypeVar

from claw import _native
from claw.errors import ToolError
from claw.execution.context import Facts, ToolContext
from claw.execution.files import PSEUDO
from claw.execution.paths import as_pattern
from claw.execution.threads import LONGEST, within

T = TypeVar("T")

LEFT_OUT = "(Files that git ignores were left out.)"

_IGNORE_FILES = (".gitignore", ".ignore", ".rgignore")


def ignores(*folders: str) -> bool:
    """Whether one of these folders has a file that says what is ignored."""
    return any(os.path.lexists(os.path.join(folder, name)) for folder in folders for name in _IGNORE_FILES)


async def searched(search: Callable[[_native.CancelToken], T]) -> T:
    """Search in a thread. Raises ToolError (it takes too long), and what `search` raises."""
    token = _native.CancelToken()
    try:
        return await within(LONGEST, lambda: search(token), token.cancel)
    except TimeoutError:
        raise ToolError(
            f"The search was ended, because it had not come to its end after {LONGEST} s.",
            hint="Narrow it: search a folder below, or name the files by a glob.",
        ) from None


def excluded(facts: Facts, context: ToolContext) -> tuple[str, ...]:
    """What a search must not see, as gitignore patterns from the root of the file system: what rules keep from it,
    under whatever name of the same file, and what the system makes up. Blocks.
    """
    named = _native.matching(facts.exclude, context.workspace, sys.maxsize) if facts.exclude else None
    others = _native.other_names(named, context.workspace) if named else ()
    return (*PSEUDO, *facts.exclude, *map(as_pattern, others))
