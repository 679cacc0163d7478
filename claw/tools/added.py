"""What a tool of somebody else's is written against: `AddedTool`, its `Arguments`, and the `Call` it is given.

    from typing import Annotated

    from msgspec import Meta

    from claw.tools.added import AddedTool, Arguments, Call


    class WordsArguments(Arguments, frozen=True):
        file: Annotated[str, Meta(description="The file whose words are counted")]


    class Words(AddedTool):
        name = "CountWords"
        description = "Counts the words of a file."
        arguments = WordsArguments
        footprint = "read"
        paths = ("file",)

        def run(self, arguments: WordsArguments, call: Call) -> str:
            with open(call.paths["file"]) as file:
                return f"{len(file.read().split())} words"

A package offers it as an entry point of the group `claw.tools`; a person names it in settings of their own
(`docs/tools.md`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar, Literal, TypeAlias

from msgspec import Struct

from claw.errors import ToolError as ToolError
from claw.tools.arguments import Arguments as Arguments

AddedFootprint: TypeAlias = Literal["read", "write", "execute", "network"]
"""What a call may do at most: read from this machine, change the files that it names, anything at all, or get something
from the network and change nothing here."""


class Call(Struct, frozen=True):
    """One call. `workspace` is the folder that its agent works in, absolute. `paths` has what the arguments in
    `AddedTool.paths` mean, absolute and without links, as the call was allowed: use these, not the arguments.

    `cancelled` says whether nobody waits for the call any more: what takes long asks it now and then, and returns.
    """

    workspace: str
    paths: dict[str, str]
    cancelled: Callable[[], bool]


class AddedTool(ABC):
    """A tool. It is made once, without arguments, when a session begins that offers it.

    `name`: letters, digits, `_` and `-`, at most 64, and none of claw's own tools. `description` is for the model.
    `arguments` declares what a call takes; models are shown it, and `run` gets nothing else.
    `footprint` is what policy and modes judge a call by. `paths` are the arguments that are paths, and `url` is the one
    that is a URL: the person's rules for files and for hosts then speak of these. What writes has paths.
    `limit`: at most so many bytes of a result are for the model. `seconds`: a call that takes longer is given up.
    `deferred`: whether the model has to search for the tool first; None: if there are many.
    """

    name: ClassVar[str]
    description: ClassVar[str]
    arguments: ClassVar[type[Arguments]]
    footprint: ClassVar[AddedFootprint] = "execute"
    paths: ClassVar[tuple[str, ...]] = ()
    url: ClassVar[str] = ""
    limit: ClassVar[int | None] = None
    seconds: ClassVar[float] = 600
    deferred: ClassVar[bool | None] = None

    @abstractmethod
    def run(self, arguments: Any, call: Call) -> str:
        """Do it, and say for the model what came of it. Raises ToolError for what the model should know.

        It runs in a thread of its own, and may block. What it prints goes nowhere.
        """
