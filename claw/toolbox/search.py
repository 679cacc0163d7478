"""What Glob and Grep share: a search that ends when nobody waits for it any more, or after a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from claw import _native
from claw.errors import ToolError
from claw.toolbox.threads import LONGEST, within

T = TypeVar("T")


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
