"""Where a text is in an event: in the log itself, or in content that the event refers to."""

from __future__ import annotations

from collections.abc import Iterator

from claw import log
from claw._native import matching_lines
from claw.cli.offline import words
from claw.cli.sanitize import clean_line
from claw.errors import BlobError, LogError
from claw.events import codec
from claw.events.base import Envelope

TAGS = ("kind", "type")
"""Keys whose values name a kind of event or of block, and are no text of anyone's."""
FREE = "arguments"
"""Below this key is what a model wrote: there they are texts as all others."""


class Found:
    """What a regular expression finds in the events of one session. Without one, it finds every event, and no text."""

    def __init__(self, path: str, pattern: str | None) -> None:
        self._blobs = log.SessionBlobs(path)
        self._pattern = pattern

    def is_in(self, envelope: Envelope) -> bool:
        """Whether it is in the event: the log has chosen those already that hold it, or content that may."""
        return self._pattern is None or self._line(envelope) is not None

    def beside(self, envelope: Envelope) -> Iterator[str]:
        """The line in which it is found, where what is shown of the event has it not."""
        if self._pattern is None or matching_lines(words.shortened(words.summary(envelope.data)), self._pattern):
            return
        line = self._line(envelope)
        if line is not None:
            yield f"        {words.shortened(clean_line(line.strip()))}"

    def _line(self, envelope: Envelope) -> str | None:
        assert self._pattern is not None
        for text in self._texts(codec.fields(envelope.data)):
            lines = matching_lines(text, self._pattern)
            if lines:
                return lines.splitlines()[0] if lines.strip() else ""
        return None

    def _texts(self, value: object, free: bool = False) -> Iterator[str]:
        match value:
            case str():
                yield value
            case {"type": "blob", "digest": str(digest)} if not free:
                yield self._blob(digest)
            case dict():
                for key, item in value.items():
                    if free or key not in TAGS:
                        yield from self._texts(item, free or key == FREE)
            case list() | tuple():
                for item in value:
                    yield from self._texts(item, free)

    def _blob(self, digest: str) -> str:
        try:
            return self._blobs.get(digest).decode("utf-8", "replace")
        except (BlobError, LogError):
            return ""  # that it is missing is what `claw verify` says
