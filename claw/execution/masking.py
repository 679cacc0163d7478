"""Secrets kept from models, logs and terminals: known values, and tokens that look like what they are."""

from __future__ import annotations

from collections.abc import Sequence

from claw import _native
from claw.errors import ToolError
from claw.execution.context import ToolContext
from claw.late import pattern

SHORTEST_REST = 3
"""Characters of a secret that tell nothing."""

_MASK = pattern("\u2039secret:[^\u203a\n]*\u203a")


def masked(text: str, context: ToolContext) -> str:
    """The whole text without secrets, and without lone surrogates, which no log can hold."""
    return without_secrets(text, context.secrets)


def without_secrets(text: str, secrets: Sequence[tuple[str, str]]) -> str:
    """The same for these (name, value)."""
    return _native.mask_tokens(_native.SecretFilter(secrets).mask(text))


def without_rests(fragment: str, context: ToolContext, *, before: bool, behind: bool) -> str:
    """The fragment without what is left of a secret that began `before` it or goes on `behind` it."""
    for _, secret in context.secrets:
        for length in range(len(secret) - 1, SHORTEST_REST, -1):
            if before and fragment.startswith(secret[-length:]):
                fragment = fragment[length:]
            if behind and fragment.endswith(secret[:length]):
                fragment = fragment[:-length]
    return fragment


def must_not_write_masks(old: str, new: str) -> None:
    """Raises ToolError if `new` has a mask that `old` does not have: where it goes, the secret would be lost."""
    for mask in _MASK.findall(new):
        if mask not in old:
            raise ToolError(
                f"The text holds {mask}, which is not the secret but what you see in its place; writing it would "
                f"destroy the secret. Change the lines around it with Edit and leave that one alone."
            )
