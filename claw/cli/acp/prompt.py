"""A prompt of the protocol as the text that a session is given."""

from __future__ import annotations

import os
from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

from claw.cli.acp import asked
from claw.cli.acp.wire import INVALID_PARAMS, Refused


def text_of(blocks: Sequence[asked.ContentBlock], workspace: str) -> str:
    """What the person has said, with the places that it names; what was given along with it stands behind it. Raises
    Refused.
    """
    said: list[str] = []
    given: list[str] = []
    for block in blocks:
        match block:
            case asked.Text(text=text):
                said.append(text)
            case asked.Link(uri=uri, name=name):
                said.append(_named(uri, name, workspace))
            case asked.Resource(resource=asked.Contents(text=str(text)) as resource):
                place = _place(resource.uri, workspace)
                said.append(f"@{place}")
                given.append(f'<resource uri="{_attribute(place)}">\n{text}\n</resource>')
            case asked.Resource(resource=resource):
                kind = resource.mime_type or "no known type"
                raise Refused(INVALID_PARAMS, f"{resource.uri} is no text ({kind}): name the file instead")
            case asked.Image() | asked.Audio():
                kind = "pictures" if isinstance(block, asked.Image) else "sound"
                raise Refused(INVALID_PARAMS, f"{kind} cannot be taken in a prompt: name a file instead")
    text = "\n\n".join(("".join(said).strip(), *given)).strip()
    if not text:
        raise Refused(INVALID_PARAMS, "the prompt says nothing")
    return text


def _named(uri: str, name: str, workspace: str) -> str:
    place = _place(uri, workspace)
    return f"@{place}" if place != uri or not name or name == uri else f"[{name}]({uri})"


def _place(uri: str, workspace: str) -> str:
    """A file as it is named in prompts; any other resource by its URI."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return uri
    if parts.scheme != "file" or parts.netloc not in ("", "localhost"):
        return uri
    path = unquote(parts.path)
    if path.startswith(f"{workspace}/"):
        path = os.path.relpath(path, workspace)
    return path + (f"#{parts.fragment}" if parts.fragment else "")


def _attribute(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace("\n", " ")
