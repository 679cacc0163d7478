"""StructuredOutput: the answer as data, in the form that whoever started claw has asked for."""

import msgspec

from claw.errors import ToolError
from claw.events.tools import ToolSpec, Traits
from claw.late import load
from claw.tools.arguments import Arguments
from claw.tools.base import Declared

DESCRIPTION = """\
Give your final answer in the form that was asked for: the arguments are the answer. Call it once, when all that was \
asked for is done; the turn ends with it. Where the arguments do not fit their schema you are told what is wrong: call \
it again."""

LONGEST = 100_000
"""Bytes of a schema."""


class StructuredOutput(Declared):
    """`schema` is the JSON Schema of an object, as JSON text. Raises ToolError where it is none that can be used."""

    arguments: type[Arguments] | None = None

    def __init__(self, schema: str) -> None:
        schema = _of_object(schema)
        load("claw.tools.schemas", "must_be_usable")(schema)
        self.spec = ToolSpec(
            name="StructuredOutput",
            description=DESCRIPTION,
            schema=schema,
            traits=Traits(footprint="none", performer="decide", effect="deliver"),
        )


def _of_object(text: str) -> str:
    """The schema as compact JSON."""
    if len(text.encode("utf-8", "replace")) > LONGEST:
        raise ToolError(f"the schema is longer than {LONGEST} bytes")
    try:
        schema = msgspec.json.decode(text.encode())
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        raise ToolError(f"the schema is no JSON: {error}") from None
    if not isinstance(schema, dict) or schema.get("type") != "object":
        raise ToolError('the schema must be one of an object: {"type": "object", "properties": …}')
    return msgspec.json.encode(schema).decode()
