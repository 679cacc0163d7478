"""REPL: a Python or a shell that is kept alive, and is given one cell after the other."""

from typing import Annotated, Literal

from msgspec import Meta

from claw.events.tools import Shown, ToolSpec, Traits, judged_arguments
from claw.late import load
from claw.tools.arguments import Arguments, schema_of
from claw.tools.base import Act, LateTool
from claw.tools.bash import TIMEOUT_LIMIT_MS, TIMEOUT_MS, lookups

DESCRIPTION = f"""\
Run code in an interpreter that is kept alive: what one cell defines, imports or loads the next one still has.
- `language` is `python` (the system's Python, as `python3` in Bash) or `shell` (bash: its variables, functions and \
working directory stay). You have one of each. It starts in the workspace.
- You get what the cell says, and of Python the value of the last expression.
- `timeout` is in milliseconds, at most {TIMEOUT_LIMIT_MS}, else {TIMEOUT_MS}. When it is over the cell is interrupted \
as by Ctrl-C; if that does not end it, the interpreter is killed, and its state is gone: you are told so.
- What a cell leaves running goes on, and ends with the interpreter. TaskOutput tells what it says between cells, \
TaskStop ends the interpreter, whose id you are told; `restart` begins with a new one.
- It is confined as commands of Bash are, and reaches nothing outside of the workspace for having named it. There is \
no input. A cell that may reach other hosts than those before it begins with a new interpreter.
- Use it for work in steps on data that takes long to load; for a single command use Bash."""


class ReplArguments(Arguments, frozen=True):
    code: Annotated[str, Meta(min_length=1, description="The cell")]
    language: Annotated[Literal["python", "shell"], Meta(description="Which interpreter")] = "python"
    timeout: (
        Annotated[int, Meta(gt=0, le=TIMEOUT_LIMIT_MS, description="Milliseconds until it is interrupted")] | None
    ) = None
    restart: Annotated[bool, Meta(description="Begin with a new interpreter")] = False


class Repl(LateTool):
    spec = ToolSpec(
        name="REPL",
        description=DESCRIPTION,
        schema=schema_of(ReplArguments),
        traits=Traits(
            footprint="execute",
            subject="command",
            argument="code",
            spoken={"python": "python3 -c", "shell": ""},
            chosen="language",
            like=("Bash",),
            shown=Shown(line="code", also={"language": ", in "}),
        ),
    )
    arguments: type[Arguments] = ReplArguments

    def paths(self, arguments: Arguments) -> tuple[tuple[str, str], ...]:
        assert isinstance(arguments, ReplArguments)
        given = {"code": arguments.code, "language": arguments.language}
        return lookups(judged_arguments(self.spec.traits, given)["code"])

    def act(self) -> Act:
        act: Act = load("claw.tools.acts.repl", "run")
        return act
