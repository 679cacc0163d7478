"""Secrets kept from models, logs and terminals: known values and tokens that look like what they are."""

from __future__ import annotations

from claw import _native
from claw.errors import ToolError
from claw.toolbox.base import Place


def new_filter(place: Place) -> _native.SecretFilter:
    """A filter for one stream of text; it withholds what may yet become a secret."""
    return _native.SecretFilter(place.secrets)


def masked(text: str, place: Place) -> str:
    """The whole text without secrets, and without lone surrogates, which no log can hold."""
    stream = new_filter(place)
    return stream.feed(text.encode("utf-8", "replace").decode()) + stream.finish()


def must_not_write_masks(old: str, new: str, name: str, place: Place) -> None:
    """Raises ToolError if `new` has a line of `old` as the model saw it, masked: writing it would lose the secret."""
    lines = set(old.split("\n"))
    changed = {line for line in masked(old, place).split("\n") if line not in lines}
    if changed & set(new.split("\n")):
        raise ToolError(
            f"{name} holds a secret that you see masked, and writing the mask would destroy it. "
            f"Change the other lines with Edit and leave that one alone."
        )
