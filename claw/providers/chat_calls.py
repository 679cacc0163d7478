"""The calls of a Chat Completions reply, told apart also where a server gives them no index or no id of their own."""

from __future__ import annotations

from typing import Any

from claw.providers.blocks import Block, Blocks, Items
from claw.providers.fields import count, fields, is_extra, signatures, word


class _Call:
    """A call that is being streamed. It has no block until its name is known; `held` came before."""

    def __init__(self) -> None:
        self.id = ""
        self.name = ""
        self.block: Block | None = None
        self.held: list[object] = []
        self.extra: dict[str, Any] = {}
        self.named_again = False
        """Its name came once more after the end of its arguments, without new ones so far."""

    @property
    def begun(self) -> bool:
        return bool(self.held) or (self.block is not None and self.block.arguments.begun)

    @property
    def whole(self) -> bool:
        return self.block is not None and self.block.arguments.whole


class Calls:
    """A piece belongs to the call at its index (without one: at its place in the record), until a name says that
    another call begins: with an id of its own, under another name, or after the end of the arguments.
    """

    def __init__(self, blocks: Blocks) -> None:
        self._blocks = blocks
        self._all: list[_Call] = []
        self._at: dict[int, _Call] = {}

    def __len__(self) -> int:
        return len(self._all)

    def take(self, place: int, piece: dict[str, Any]) -> Items:
        function = fields(piece.get("function")) or piece
        name, id = word(function.get("name")).strip(), word(piece.get("id"))
        said = next(
            (function[key] for key in ("arguments", "input", "parameters") if function.get(key) is not None), ""
        )
        index = count(piece.get("index"))
        call = self._find(place if index is None else index, index is None, name, id, said)
        call.id = call.id or id
        call.name = call.name or name
        call.named_again = bool(name and call.whole and not said)
        call.extra = _merged(call.extra, piece, function)
        call.held.append(said)
        if call.name:
            yield from self._tell(call)

    def close(self) -> Items:
        """What is still without a name is told as such, so that the model learns of it."""
        for call in self._all:
            yield from self._tell(call)
            if call.extra and call.block is not None:
                yield from call.block.seal(call.extra)

    def _tell(self, call: _Call) -> Items:
        if call.block is None:
            call.block = yield from self._blocks.call(call.name, call.id)
        for value in call.held:
            yield from call.block.argue(value)
        call.held.clear()

    def _find(self, place: int, unnumbered: bool, name: str, id: str, said: object) -> _Call:
        call = self._at.get(place)
        known = next((other for other in reversed(self._all) if id and other.id == id), None)
        if unnumbered and known is not None and not known.whole:
            return known
        if call is None:
            return self._begun(place) if name or known is None else known
        if name:
            return self._begun(place) if _is_another(call, name, id, said) else call
        if call.named_again and said:
            other = self._begun(place)
            other.name = call.name
            return other
        if id and call.id not in ("", id) and known is not None:
            return known
        return call

    def _begun(self, place: int) -> _Call:
        call = self._at[place] = _Call()
        self._all.append(call)
        return call


def _is_another(call: _Call, name: str, id: str, said: object) -> bool:
    if not call.name:
        return False
    if name != call.name:
        return True
    if call.begun and not call.whole:
        return False
    return bool(id and call.id and id != call.id) or bool(call.whole and said)


def _merged(extra: dict[str, Any], piece: dict[str, Any], function: dict[str, Any]) -> dict[str, Any]:
    """What goes back with a call, in the place it came in."""
    new = {"call": signatures(piece, beside=is_extra)}
    if function is not piece:
        new["function"] = signatures(function, beside=is_extra)
    return {
        place: {**extra.get(place, {}), **new.get(place, {})}
        for place in ("call", "function")
        if extra.get(place) or new.get(place)
    }
