"""Slash commands as data: each is declared here once. `/help`, completion and what is typed read it.

What a command does is in a module of this package, which is imported when the command is first typed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from claw.late import load

if TYPE_CHECKING:
    from claw.cli.terminal.commands.conversation import Completer, Function


class Command:
    """`does` is `module.function` in this package. `argument` is what may follow, as help shows it: empty for nothing.
    `completes` names the function that knows the words of it, in `completing`.

    Empty: it stands for a text for the model (`claw.session.prompts`), and a command file of its name goes before it.

    `aliases` are other names, which command files may take. `idle`: it has to wait until no turn is open. `outside` is
    the command of a shell that does the same.
    """

    __slots__ = ("aliases", "argument", "completes", "does", "help", "idle", "name", "outside")

    def __init__(
        self,
        name: str,
        does: str,
        help: str,
        argument: str = "",
        *,
        aliases: tuple[str, ...] = (),
        completes: str = "",
        idle: bool = False,
        outside: str = "",
    ) -> None:
        self.name = name
        self.does = does
        self.help = help
        self.argument = argument
        self.aliases = aliases
        self.completes = completes
        self.idle = idle
        self.outside = outside

    @property
    def usage(self) -> str:
        return f"/{self.name} {self.argument}".rstrip()

    def function(self) -> Function:
        """Only for a command that does something itself."""
        module, _, function = self.does.rpartition(".")
        found: Function = load(f"{__package__}.{module}", function)
        return found

    def completer(self) -> Completer | None:
        found: Completer | None = load(f"{__package__}.completing", self.completes) if self.completes else None
        return found


COMMANDS = {
    command.name: command
    for command in (
        Command("help", "about.help_", "list the commands and keys, or explain one", "[COMMAND]", completes="commands"),
        Command("status", "standing.status", "version, session, model, account, folder, mode, limits, memory"),
        Command(
            "model",
            "settings.model",
            "choose the model, or go on with this one",
            "[NAME [EFFORT]]",
            completes="models",
            outside="claw models",
        ),
        Command(
            "effort",
            "settings.effort",
            "how much the model thinks",
            "[off | low | medium | high]",
            completes="efforts",
        ),
        Command(
            "output-style",
            "settings.output_style",
            "how claw answers: list the styles, or choose one from here on",
            "[NAME]",
            completes="styles",
            idle=True,
        ),
        Command("cost", "about.cost", "tokens and money, by model", aliases=("usage",), outside="claw cost S"),
        Command(
            "budget",
            "settings.budget_",
            "limits of turns, money, tokens and time, or set one",
            "[turns N | money USD | tokens N | time TIME | WHAT off]",
            completes="limits",
        ),
        Command(
            "context",
            "about.context",
            "what takes how much of the model's window, and what could go",
            outside="claw context S",
        ),
        Command("steer", "talk.steer", "say something into the turn that runs; the model reads it next", "WORDS"),
        Command(
            "btw", "talk.btw", "ask beside the conversation, also while claw works; it goes on without it", "QUESTION"
        ),
        Command(
            "compact",
            "talk.compact",
            "summarise the conversation to make room, or take that back",
            "[FOCUS | undo]",
            aliases=("summarize",),
            completes="undo",
            idle=True,
        ),
        Command(
            "memory",
            "about.memory",
            "notes for later sessions: list, show, change, remove; on or off",
            "[show N | edit N [TEXT] | remove N | on | off]",
            completes="memory",
            outside="claw memory list",
        ),
        Command(
            "permissions",
            "settings.permissions",
            "mode, rules and grants",
            "[mode MODE | revoke RULE]",
            aliases=("allowed-tools", "approvals"),
            completes="permissions",
            outside="claw permissions list",
        ),
        Command(
            "revoke", "settings.revoke", "take back what was allowed in this session", "[RULE]", completes="grants"
        ),
        Command("plan", "settings.plan", "plan first: only what changes nothing runs", "[WORDS]"),
        Command("bashes", "about.bashes", "commands that run in the background"),
        Command(
            "tasks",
            "standing.tasks",
            "what is to be done, and what goes on in the background",
            aliases=("todos",),
        ),
        Command(
            "mcp",
            "servers.mcp",
            "the MCP servers, and how each is connected; NAME: all that is known of one",
            "[NAME]",
            completes="servers",
            outside="claw mcp list",
        ),
        Command("hooks", "standing.hooks", "the hooks in force, and where they come from", outside="claw hooks"),
        Command(
            "agents",
            "agents.agents",
            "agents and their kinds; look at one, say something to it, stop it",
            "[N | tell N WORDS | stop N]",
            completes="agents",
            outside="claw agents",
        ),
        Command(
            "skills",
            "about.skills",
            "commands and skills of your own and of this folder, and why one is left out",
            outside="claw skills",
        ),
        Command(
            "plugin",
            "about.plugin",
            "the plugins of this session, what each brings, and what is wrong with one",
            aliases=("plugins",),
            outside="claw plugin list",
        ),
        Command("clear", "talk.clear", "begin the conversation anew", aliases=("new", "reset"), idle=True),
        Command(
            "resume",
            "sessions.resume",
            "go on with another session, which a list with a search lets you choose",
            "[S]",
            aliases=("continue", "sessions"),
            completes="sessions",
            idle=True,
            outside="claw resume S",
        ),
        Command(
            "fork",
            "sessions.fork_",
            "branch at step n, or at one that a list lets you choose, and go on there",
            "[n | n^]",
            aliases=("branch",),
            idle=True,
            outside="claw fork S@n",
        ),
        Command("rename", "sessions.rename", "give this session a name", "NAME", outside="claw rename S NAME"),
        Command(
            "tag",
            "sessions.tag",
            "words to find this session by: list, add, or remove with -NAME",
            "[NAME | -NAME ...]",
            completes="tags",
            outside="claw tag S",
        ),
        Command("log", "standing.log", "the last events of this session", "[N]", outside="claw log S"),
        Command(
            "transcript",
            "standing.transcript",
            "the whole session with nothing folded, to scroll and search",
            outside="claw show S",
        ),
        Command("diff", "changes.diff", "what the calls of this session have changed in files"),
        Command(
            "export",
            "exporting.export",
            "write this session into a file: Markdown, or JSON where its name ends so",
            "[FILE]",
            outside="claw export S",
        ),
        Command("copy", "copying.copy", "put the last answer into the clipboard"),
        Command("init", "", "have the model write AGENTS.md for this folder", "[WORDS]", outside="claw -p /init"),
        Command(
            "review",
            "",
            "have the model review what has changed here, or a pull request",
            "[WHAT]",
            outside="claw -p /review",
        ),
        Command("commit", "", "have the model make a git commit", "[WORDS]", outside="claw -p /commit"),
        Command(
            "config",
            "standing.config",
            "the settings in force, and where each comes from; KEY: what files say of it; set: write it into yours",
            "[KEY | set KEY VALUE | unset KEY]",
            outside="claw config explain KEY",
            aliases=("settings",),
        ),
        Command(
            "theme",
            "looking.theme",
            "colours of this terminal; your settings remember it",
            "[auto | ansi | dark | light | dark-daltonized | light-daltonized]",
            completes="themes",
        ),
        Command("vim", "looking.vim", "vi keys in the line, or the usual ones; your settings remember", "[on | off]"),
        Command(
            "statusline",
            "status_lines.statusline",
            "a line below the input that a program writes: have the model make one, take one, none",
            "[WORDS | use COMMAND | off]",
            completes="status_lines",
        ),
        Command("doctor", "standing.doctor", "check this installation", outside="claw doctor"),
        Command("quit", "talk.quit_", "leave", aliases=("exit",)),
    )
}
"""By name, in the order in which `/help` lists them."""


RESERVED = frozenset(command.name for command in COMMANDS.values() if command.does)
"""Names that command files cannot have."""


def named(name: str) -> Command | None:
    """The command of this name, or with this other name."""
    found = COMMANDS.get(name)
    return found or next((command for command in COMMANDS.values() if name in command.aliases), None)


def names() -> Iterator[str]:
    """Of all commands, other names included."""
    for command in COMMANDS.values():
        yield command.name
        yield from command.aliases


def nearest(name: str, others: Iterable[str] = ()) -> str:
    """The name that this one is most likely a misspelling of, among those of commands and `others`; empty: none is
    near.
    """
    close: list[str] = load("difflib", "get_close_matches")(name, [*names(), *others], n=1, cutoff=0.6)
    return close[0] if close else ""
