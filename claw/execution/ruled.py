"""What the session's rules keep from whatever reads or runs without a call of the model's: instructions, hooks."""

from __future__ import annotations

import os

import msgspec

from claw import _native
from claw.execution.context import Place

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(dict[str, object]).decode


def kept_from(place: Place) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Gitignore patterns, from the root of the file system: what must not be read, and what must not be changed."""
    reading, writing = _native.kept_from_processes(_question(place, ()))
    return tuple(reading), tuple(writing)


def may_be_read(path: str, place: Place) -> bool:
    """Whether neither a rule nor what the file can hold speaks against reading this canonical path, by any name."""
    inside = path == place.workspace or path.startswith(place.workspace.rstrip("/") + "/")
    canonical = os.path.relpath(path, place.workspace) if inside else path
    fact = {"given": path, "canonical": canonical, "inside": inside, "exists": True}
    verdict = _decode(_native.evaluate(_question(place, (fact,))))
    return verdict["verdict"] == "allow" or verdict["source"] == "mode"


def _question(place: Place, paths: tuple[dict[str, object], ...]) -> bytes:
    """About a tool without a name that reads these paths."""
    return _encode(
        {
            "tool": "",
            "footprint": "read",
            "traits": {"subject": "path"},
            "mode": "default",
            "facts": {"paths": paths},
            "rules": place.rules,
            "cwd": place.workspace,
            "home": place.home,
        }
    )
