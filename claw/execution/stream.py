"""A stream of text without secrets: known values, and tokens that look like what they are."""

from __future__ import annotations

from collections.abc import Sequence

from claw import _native


class StreamMask:
    """Masks one stream of text: the known `secrets`, by (name, value), and recognisable tokens. What may yet become
    one is withheld.
    """

    def __init__(self, secrets: Sequence[tuple[str, str]]) -> None:
        self._known = _native.SecretFilter(secrets)
        self._tokens = _native.TokenFilter()

    def feed(self, text: str) -> str:
        return self._tokens.feed(self._known.feed(text))

    def flush(self) -> str:
        """Nothing follows: the rest."""
        return self._tokens.feed(self._known.flush()) + self._tokens.flush()
