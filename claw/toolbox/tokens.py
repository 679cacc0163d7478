"""Tokens that show by their look what they are, though nobody has said that they are secrets."""

from __future__ import annotations

import re
import string

_KEY_TEXT = r"[A-Za-z0-9+/=\s\\:,-]"
"""What a key in PEM form consists of, also one in a string with `\\n` for its line ends."""

TOKEN = re.compile(
    r"\bsk-(?:ant|proj|or|svcacct|admin|live|test)-[\w-]{16,}|\bsk-[A-Za-z0-9]{20,}"  # Anthropic, OpenAI, OpenRouter
    r"|\b[rsp]k_(?:live|test)_[A-Za-z0-9]{10,}"  # Stripe
    r"|\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{16,}"  # GitHub, GitLab
    r"|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bAIza[\w-]{30,}|\bya29\.[\w-]{20,}"  # AWS, Google
    r"|\bxox[abeprs]-[\w-]{10,}|\bnpm_[A-Za-z0-9]{30,}|\bpypi-[\w-]{30,}|\bhf_[A-Za-z0-9]{20,}"  # Slack, registries
    r"|\bSG\.[\w-]{16,}\.[\w-]{16,}|\bgsk_\w{20,}|\bxai-\w{20,}|\bdop_v1_[a-f0-9]{32,}"  # SendGrid, Groq, xAI, …
    r"|\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*",  # JSON Web Tokens
    re.ASCII,
)
PRIVATE_KEY = re.compile(
    rf"-----BEGIN [A-Z ]*PRIVATE KEY-----{_KEY_TEXT}{{32,}}?(?:-----END [A-Z ]*PRIVATE KEY-----|(?!{_KEY_TEXT}))",
    re.ASCII,
)
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
    rf"{_KEY_TEXT}*\Z)",
    re.DOTALL | re.ASCII,
)


def without_tokens(text: str) -> str:
    """The whole text, with a mask for each token in it."""
    if not any(sign in text for sign in _SIGNS):
        return text
    # Keys first: a token before one would take the beginning of its first line for its own end.
    return TOKEN.sub(MASK, PRIVATE_KEY.sub(MASK, text))


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
