"""LSP: what a language server knows of code: where things are defined and used, what they are."""

from typing import Annotated, Literal

from msgspec import Meta

from claw.events.tools import Shown, ToolSpec, Traits
from claw.late import load
from claw.tools.arguments import Arguments, schema_of
from claw.tools.base import Act, LateTool

DESCRIPTION = """\
Ask a language server (LSP) about code: it knows what a name means, where a search only knows the text.
Operations:
- goToDefinition: where a symbol is defined
- findReferences: everywhere it is used
- hover: its type and documentation
- documentSymbol: all symbols (functions, classes, variables) of a file
- workspaceSymbol: symbols of all files, by `query`, or by the name at the position
- goToImplementation: what implements an interface or an abstract method
- prepareCallHierarchy: the function or method at a position
- incomingCalls: what calls the function at a position
- outgoingCalls: what the function at a position calls
All of them take:
- filePath: the file
- line: the line number (from 1, as editors show it)
- character: the character in that line (from 1, as editors show it)
There has to be a language server for this kind of file on this machine; else you get an error."""


class LspArguments(Arguments, frozen=True):
    operation: Annotated[
        Literal[
            "goToDefinition",
            "findReferences",
            "hover",
            "documentSymbol",
            "workspaceSymbol",
            "goToImplementation",
            "prepareCallHierarchy",
            "incomingCalls",
            "outgoingCalls",
        ],
        Meta(description="What to ask"),
    ]
    filePath: Annotated[str, Meta(description="The file, absolute or from the workspace")]
    line: Annotated[int, Meta(ge=1, description="The line number, from 1")] = 1
    character: Annotated[int, Meta(ge=1, description="The character in the line, from 1")] = 1
    query: Annotated[str, Meta(max_length=200, description="workspaceSymbol only: the name, or part of it")] | None = (
        None
    )


class LSP(LateTool):
    spec = ToolSpec(
        name="LSP",
        description=DESCRIPTION,
        schema=schema_of(LspArguments),
        traits=Traits(
            footprint="read",
            subject="path",
            paths=("filePath",),
            shown=Shown(line="operation", also={"filePath": " in ", "line": ":"}),
        ),
    )
    arguments: type[Arguments] = LspArguments

    def act(self) -> Act:
        act: Act = load("claw.tools.acts.lsp", "run")
        return act
