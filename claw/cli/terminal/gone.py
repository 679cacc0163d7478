"""A terminal that goes away: a window that is closed, a line that is cut. Then the person has left."""

from __future__ import annotations

import errno
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

_GONE = (errno.EIO, errno.ENXIO, errno.EBADF, errno.EPIPE)


class HasExitCode(Protocol):
    exit_code: int


def is_gone(error: BaseException) -> bool:
    """Whether it failed because nobody is at the other end."""
    return isinstance(error, EOFError) or (isinstance(error, OSError) and error.errno in _GONE)


@contextmanager
def may_be_gone(view: HasExitCode) -> Iterator[None]:
    """What fails in this block because nobody is at the other end is no error: the exit code is that of SIGHUP."""
    try:
        yield
    except (EOFError, OSError) as error:
        if not is_gone(error):
            raise
        view.exit_code = view.exit_code or 128 + signal.SIGHUP
