"""The texts that a server sent where JSON objects belong, to the objects."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

import msgspec

from claw.providers.failures import broken, failed
from claw.providers.page import words_of_page

Raw: TypeAlias = tuple[str, str] | None
"""The name of its event and the text, or None where the server says that it is done."""

_decode = msgspec.json.Decoder().decode
"""What it takes it reads as `json` does, three times as fast; what it does not take, `json` may."""
_decode_leniently = json.JSONDecoder(strict=False).decode


class Records:
    """`count` is how many objects there were, `last` the last of them."""

    def __init__(self) -> None:
        self.count = 0
        self.last: dict[str, Any] | None = None

    def of(self, batch: Iterable[Raw]) -> Iterator[dict[str, Any] | None]:
        """Each object, and None for each None. Raises CallFailed for what is none."""
        for raw in batch:
            if raw is None:
                yield None
                continue
            name, text = raw
            value = _value(name, text)
            if type(value) is dict:
                yield self._counted(name, value)
                continue
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, dict):
                    yield self._counted(name, one)
                elif one is not None:
                    raise broken(f"the stream holds a record that is no object: {text[:200]}")

    def _counted(self, name: str, record: dict[str, Any]) -> dict[str, Any]:
        """With the name of its event, where it does not name its type."""
        if name and not record.get("type"):
            record = {**record, "type": name}
        self.count += 1
        self.last = record
        return record


def _value(name: str, text: str) -> Any:
    try:
        return _decode(text)
    except (msgspec.MsgspecError, RecursionError):
        pass
    try:
        return _decode_leniently(text)
    except (ValueError, RecursionError) as error:
        if name == "error":
            raise failed(message=words_of_page(text)) from None
        raise broken(f"The provider's stream cannot be read: {error}: {text[:200]}") from None
