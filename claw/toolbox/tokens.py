"""Tokens that show by their look what they are, though nobody has said that they are secrets."""

from __future__ import annotations

import re
import string

from claw.credentials import KEY_TEXT, PRIVATE_KEY, TOKEN

_SIGNS = (
    "sk-", "_live_", "_test_", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "AKIA", "ASIA", "AIza",
    "ya29.", "xox", "npm_", "pypi-", "hf_", "SG.", "gsk_", "xai-", "dop_v1_", "eyJ", "PRIVATE KEY-----",
)  # fmt: skip
"""No token is without one of these, and they are found much faster."""

MASK = "\u2039secret:token\u203a"
LONGEST = 8 * 1024
"""Characters of the longest token that is waited for."""

_WORD = string.ascii_letters + string.digits + "_.-"
_OPEN_KEY = re.compile(
    r"-----BEGIN [A-Z ]*(?:-{0,4}\Z|(?<=PRIVATE KEY)-----(?!.*-----END [A-Z ]*PRIVATE KEY-----)"
    rf"{KEY_TEXT}*\Z)",
    re.DOTALL | re.ASCII,
)


def without_tokens(text: str) -> str:
    """The whole text, with a mask for each token in it."""
    if not any(sign in text for sign in _SIGNS):
        return text
    # Keys first: a token before one would take the beginning of its first line for its own end.
    return TOKEN.sub(MASK, PRIVATE_KEY.sub(_as_many_lines, text))


def _as_many_lines(key: re.Match[str]) -> str:
    """A mask as high as the key, so that the lines after it keep their numbers."""
    return MASK + "\n" * key[0].count("\n")


class TokenFilter:
    """The same for a stream: withholds the last word, and a private key until its end, up to LONGEST characters."""

    def __init__(self) -> None:
        self._withheld = ""

    def feed(self, text: str) -> str:
        self._withheld += text
        settled = self._settled()
        out, self._withheld = self._withheld[:settled], self._withheld[settled:]
        return without_tokens(out)

    def flush(self) -> str:
        """The rest; the filter can be used for another stream."""
        out, self._withheld = self._withheld, ""
        return without_tokens(out)

    def _settled(self) -> int:
        """How much of what is withheld no later text can change."""
        text = self._withheld
        key = _OPEN_KEY.search(text)
        start = len(text[: key.start() if key else None].rstrip(_WORD))
        for closed in reversed(list(PRIVATE_KEY.finditer(text))):
            if closed.start() < start < closed.end():
                start = len(text[: closed.start()].rstrip(_WORD))
        return start if len(text) - start <= LONGEST else len(text)
