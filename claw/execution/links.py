"""Where a path leads once its links are followed, in a view of the file system that need not be this process's."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable


def is_inside(canonical: str, root: str) -> bool:
    return canonical == root or canonical.startswith(root.rstrip("/") + "/")


def is_in(canonical: str, roots: Iterable[str]) -> bool:
    """Whether it lies in one of them."""
    return any(is_inside(canonical, root) for root in roots)


MOST = 40
"""Links that are followed, as by the kernel (path_resolution(7))."""


def led(path: str, real: Callable[[str], str] = str, stop: Callable[[str], bool] = lambda _: False) -> str | None:
    """Where this absolute path leads; what does not exist is taken by its name. None for links without an end, and as
    soon as `stop` is true of a step on the way.

    `real` gives the path by which this process finds what is there in the view. Raises OSError, ValueError.
    """
    place, ahead, links = os.sep, path.split(os.sep)[::-1], 0
    while ahead:
        name = ahead.pop()
        if name in ("", os.curdir):
            continue
        if name == os.pardir:
            place = os.path.dirname(place)
            continue
        there = os.path.join(place, name)
        if stop(there):
            return None
        try:
            target = os.readlink(real(there))
        except OSError:
            place = there
            continue
        links += 1
        if links > MOST:
            return None
        place = os.sep if os.path.isabs(target) else place
        ahead += target.split(os.sep)[::-1]
    return place
