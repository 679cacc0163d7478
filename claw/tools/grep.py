"""Grep: files by their content."""

from typing import Annotated, Literal

from msgspec import Meta

from claw.events.tools import Shown, ToolSpec, Traits
from claw.late import load
from claw.tools.arguments import Arguments, schema_of
from claw.tools.base import Act, LateTool

DESCRIPTION = """\
Search in files with ripgrep's engine; use it rather than grep or rg in Bash.
- `pattern` is a regular expression of Rust's regex syntax: `log.*Error`, `fn\\s+\\w+`. Literal braces need a \
backslash: `interface\\{\\}`.
- `output_mode` is `files_with_matches` (default: only paths), `content` (the lines; with `-A`, `-B`, `-C` those \
around them, with `-n` their numbers) or `count` (matches per file).
- Narrow it by `path` (a file or a folder), by `glob` (`*.js`, `**/*.tsx`) or by `type` (`py`, `rust`, `js`).
- A pattern matches within a line unless `multiline` is set.
- `head_limit` gives only the first results. Hidden files are searched. Files that git ignores are left out, unless \
`path` is one of them or a folder of them."""

_LETTERS = {"after": "-A", "before": "-B", "around": "-C", "numbers": "-n", "ignore_case": "-i"}
"""Arguments that models know by ripgrep's names of them."""


class GrepArguments(Arguments, frozen=True, rename=_LETTERS):
    pattern: Annotated[str, Meta(min_length=1, description="The regular expression to look for")]
    path: Annotated[str, Meta(description="File or folder to search; the workspace if not given")] | None = None
    glob: Annotated[str, Meta(description="Search only files whose path matches this glob")] | None = None
    type: Annotated[str, Meta(description="Search only files of this type, as ripgrep names it")] | None = None
    output_mode: Annotated[
        Literal["content", "files_with_matches", "count"], Meta(description="What to show of each match")
    ] = "files_with_matches"
    after: Annotated[int, Meta(ge=0, description="Lines to show after a match")] | None = None
    before: Annotated[int, Meta(ge=0, description="Lines to show before a match")] | None = None
    around: Annotated[int, Meta(ge=0, description="Lines to show before and after")] | None = None
    numbers: Annotated[bool, Meta(description="Show line numbers (content only)")] = True
    ignore_case: Annotated[bool, Meta(description="Upper and lower case are the same")] = False
    multiline: Annotated[bool, Meta(description="Let a match span lines, and `.` match a newline")] = False
    head_limit: Annotated[int, Meta(ge=0, description="Show only this many results; 0 is no limit")] | None = None


class Grep(LateTool):
    spec = ToolSpec(
        name="Grep",
        description=DESCRIPTION,
        schema=schema_of(GrepArguments),
        traits=Traits(
            footprint="read",
            subject="path",
            paths=("path",),
            searches=True,
            shown=Shown(line="pattern", also={"path": " in "}),
        ),
    )
    arguments: type[Arguments] = GrepArguments

    def act(self) -> Act:
        act: Act = load("claw.tools.acts.grep", "run")
        return act
