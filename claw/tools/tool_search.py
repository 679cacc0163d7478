"""ToolSearch: tools that are kept out of the prompt until somebody looks for them. What follows are events alone."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated

from msgspec import Meta

from claw.events.tools import Shown, ToolSpec, Traits
from claw.tools.arguments import Arguments, schema_of
from claw.tools.base import Declared
from claw.tools.listing import with_names

_DESCRIPTION = """\
Find tools that are not among yours yet. What is found is yours from your next reply on, and is called as any other.
- `query` is `select:Name,Name` for tools whose names you know. Else it has words to look for in names and \
descriptions; a word behind a + has to be in the name or in its source: `+github pull request`.
- `max_results`: at most so many that words find, the best first; 5 if not given.
Look here before you say that you cannot do something. There are:
{names}"""


class ToolSearchArguments(Arguments, frozen=True):
    query: Annotated[str, Meta(min_length=1, max_length=2_000, description="select:Name,Name, or words")]
    max_results: Annotated[int, Meta(ge=1, le=50, description="At most so many that words find")] | None = None


class ToolSearch(Declared):
    """Has nothing to run: `claw.decide.searching` derives what follows. `names` are those of the tools that can be
    found, by source; `room` how many bytes the declaration may take.
    """

    spec = ToolSpec(
        name="ToolSearch",
        description=_DESCRIPTION,
        schema=schema_of(ToolSearchArguments),
        traits=Traits(footprint="none", performer="decide", effect="search", shown=Shown(line="query")),
    )
    arguments: type[Arguments] = ToolSearchArguments

    def __init__(self, names: Mapping[str, tuple[str, ...]] = MappingProxyType({}), room: int = 0) -> None:
        self.spec = with_names(ToolSearch.spec, names, room)
