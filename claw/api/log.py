"""The log of a session, to read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from claw import log
from claw.events.base import Content, Envelope


class Log:
    """All events until now, in order; also while the session goes on, and of one that is closed."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._blobs = log.SessionBlobs(path)

    def __iter__(self) -> Iterator[Envelope]:
        return self.read()

    def __len__(self) -> int:
        return log.tip(self.path) + 1

    def read(self, first: int = 0, last: int | None = None, kinds: Sequence[str] | None = None) -> Iterator[Envelope]:
        """Those from `first` to `last`, both included; `kinds` by their names, as in `tool.finished`. Raises LogError,
        EventInvalid.
        """
        return log.read(self.path, first, None if last is None else last + 1, kinds)

    def text(self, content: Content) -> str:
        """The text of content, which lies beside the log where it is long. Raises BlobError."""
        return self._blobs.text(content)
