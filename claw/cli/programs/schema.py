"""The JSON Schema of every line of `--output-format stream-json`, made of their types.

`python -m claw.cli.programs.schema` writes it beside this file.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from claw.cli.programs.lines import LINES, VERSION

FILE = Path(__file__).with_name("stream-json.schema.json")


def schema() -> dict[str, Any]:
    """A schema of one line."""
    refs, parts = msgspec.json.schema_components(LINES)
    for part in parts.values():
        part["required"] = list(part["properties"])  # what has a default is written all the same
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"A line of claw --output-format stream-json, version {VERSION}",
        "anyOf": list(refs),
        "$defs": parts,
    }


if __name__ == "__main__":
    FILE.write_bytes(msgspec.json.format(msgspec.json.encode(schema()), indent=2) + b"\n")
