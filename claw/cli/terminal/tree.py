"""The names of files and folders in the workspace, looked up while somebody types."""

from __future__ import annotations

import asyncio
import os
import time

from claw import _native
from claw.errors import ToolError
from claw.execution.files import PSEUDO
from claw.execution.threads import finished, stoppable

FRESH_S = 2.0
"""Names are looked for again when the last walk is older, and when `SELDOM` times as long as it took have gone by."""
SELDOM = 20
LONGEST_S = 5.0
"""The first walk is waited for so long: what it finds after that is there for the next key."""


class Tree:
    """Walked in the background when it is first asked, and again while it is asked. Belongs to one event loop."""

    def __init__(self, root: str) -> None:
        self._index = _native.PathIndex(os.path.realpath(root), PSEUDO)
        self._walk: asyncio.Task[None] | None = None
        self._whole = False
        self._again_at = 0.0

    async def matching(self, query: str, most: int) -> list[str]:
        """The paths below the root that fit, best first; those of folders end with a slash."""
        if self._walk is None and time.monotonic() >= self._again_at:
            self._walk = asyncio.create_task(self._look())
        if self._walk is not None and not self._whole:
            await asyncio.wait([self._walk], timeout=LONGEST_S)
        return await finished(lambda: self._index.matching(query, most))

    async def _look(self) -> None:
        token, begun = _native.CancelToken(), time.monotonic()
        try:
            await stoppable(lambda: self._index.refresh(token), token.cancel)
            self._whole = True
        except ToolError:
            self._whole = False  # a folder that is gone, or not to be read, has no names
        finally:
            now = time.monotonic()
            self._again_at = now + max(FRESH_S, SELDOM * (now - begun))
            self._walk = None
