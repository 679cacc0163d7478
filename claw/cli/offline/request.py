"""The request of a recorded `model.requested`, built again from the log alone."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from claw import log, prompt
from claw.decide.behaviour import unsupported
from claw.errors import ClawError, ReplayDiverged, UsageError
from claw.events.model import ModelRequested
from claw.projections.state import INITIAL, fold_all


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """`plain` is the canonical request as JSON values, with what its blobs hold in their places: text, and in base64
    the data of images and documents.
    """

    digest: str
    plain: Any


def rebuild(path: Path, seq: int) -> Rebuilt:
    """Raises UsageError (another kind of event), ReplayDiverged (another digest than recorded), BlobError, LogError."""
    envelope = log.event_at(str(path), seq)
    intent = envelope.data
    if not isinstance(intent, ModelRequested):
        hint = f"claw log {path.name} --kind model.requested"
        raise UsageError(f"event {seq} is a {envelope.kind}; only a model.requested has a request", hint=hint)
    state = fold_all(INITIAL, log.read(str(path), 0, seq))
    runtime = state.session.runtime
    needed = unsupported(runtime.behaviours) if runtime else []
    if needed:
        raise ClawError(f"this session was written by claw {runtime.claw if runtime else ''}, and needs {needed}")
    agent = state.agents[envelope.agent]
    digest = prompt.digest_of(state, agent, intent)
    if digest != intent.digest:
        raise ReplayDiverged(
            f"the request rebuilt for event {seq} has digest {digest}, but {intent.digest} was recorded",
            hint=f"claw replay {path.name}",
        )
    request = prompt.build(state, agent, intent)
    plain = msgspec.to_builtins(replace(request, messages=tuple(request.messages)))
    return Rebuilt(digest, _materialised(plain, str(path)))


def _materialised(plain: Any, path: str, *, data: bool = False) -> Any:
    if isinstance(plain, dict):
        if plain.keys() == {"type", "digest", "size"}:
            content = log.SessionBlobs(path).get(plain["digest"])
            return base64.b64encode(content).decode() if data else content.decode(errors="replace")
        return {key: _materialised(value, path, data=key == "data") for key, value in plain.items()}
    if isinstance(plain, list | tuple):
        return [_materialised(value, path) for value in plain]
    return plain
