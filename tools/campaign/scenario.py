"""What the model says in a campaign: turns that write, stream, run side by side, and leave processes behind."""

from __future__ import annotations

from claw.providers.scripted import Reply, Scenario, Text, Tool
from claw.providers.scripted import Thread as Conversation

EFFECTS = "effects.txt"
"""Each command of the scenario appends its own word to this file, once."""
PROMPT = "Do what the script says"
LONG = " ".join(f"word{number}" for number in range(60))


def _bash(word: str, before: str = "", after: str = "", **more: bool) -> Tool:
    return Tool(name="Bash", arguments={"command": f"{before}echo {word} >>{EFFECTS}{after}", **more})


MANY_TOOLS = (
    Reply(blocks=(Text(text="I begin."), _bash("first"))),
    Reply(
        blocks=(
            Tool(name="Read", arguments={"file_path": "given.txt"}),
            Tool(name="Glob", arguments={"pattern": "*.txt"}),
            Tool(name="Grep", arguments={"pattern": "line", "path": "."}),
        )
    ),
    Reply(blocks=(_bash("streamed", before="for i in 1 2 3; do echo line $i; sleep 0.06; done; "),)),
    Reply(blocks=(Tool(name="Write", arguments={"file_path": "made.txt", "content": "one\ntwo\n"}), _bash("third"))),
    Reply(
        blocks=(
            Tool(name="Edit", arguments={"file_path": "made.txt", "old_string": "one", "new_string": "three"}),
            Tool(name="Bash", arguments='{"command": broken'),
            Tool(name="Nothing", arguments={}),
        )
    ),
    Reply(blocks=(Text(text=LONG),)),
)
LEFT_BEHIND = (
    Reply(blocks=(_bash("began", after="; (trap '' TERM; sleep 0.4) & sleep 0.1; echo is >>ended.txt"),)),
    Reply(blocks=(_bash("a"), _bash("b"), _bash("c"))),
    Reply(blocks=(_bash("stubborn", before="trap '' TERM; ", after="; sleep 0.2; echo was"),)),
    Reply(blocks=(Text(text=LONG),)),
)
BACKGROUND = (
    Reply(blocks=(_bash("served", after="; trap '' TERM; while :; do sleep 0.05; done", run_in_background=True),)),
    Reply(blocks=(_bash("beside", after="; sleep 0.2"), Tool(name="BashOutput", arguments={"bash_id": "bash_1"}))),
    Reply(blocks=(_bash("watched", after="; while :; do echo tick; sleep 0.02; done", run_in_background=True),)),
    Reply(blocks=(Tool(name="KillShell", arguments={"shell_id": "bash_1"}), _bash("after"))),
    Reply(blocks=(Text(text=LONG),)),
)
TASK = "Your task:"
TASKS = ("one", "two", "three", "four")


def _agent(task: str, *, background: bool = False) -> Tool:
    """A call for an agent with this task."""
    more = {"run_in_background": True} if background else {}
    return Tool(name="Agent", arguments={"description": "work", "prompt": f"{TASK} {task}", **more})


AGENTS = (
    Reply(
        blocks=(
            *(_agent(f"{task} beside", background=True) for task in TASKS),
            *(_agent(task) for task in TASKS[2:]),
            _agent("with help"),
        )
    ),
    *[Reply(blocks=(Text(text=LONG),))] * 9,
)
"""Eight agents: four in the background, and one that another has started."""
LARGE = (
    Reply(blocks=(_bash("much", before="head -c 300000 /dev/zero | tr '\\0' x; "),)),
    Reply(blocks=(Tool(name="Write", arguments={"file_path": "large.txt", "content": "0123456789\n" * 9000}),)),
    Reply(blocks=(_bash("last"),)),
    Reply(blocks=(Text(text=LONG),)),
)


def _worker(task: str) -> Conversation:
    """An agent that reads, leaves its word, and says a lot."""
    word = _bash(task.replace(" ", "-"), before="sleep 0.02; ")
    read = Tool(name="Read", arguments={"file_path": "given.txt"})
    return Conversation(when=f"{TASK} {task}", replies=(Reply(blocks=(read, word)), Reply(blocks=(Text(text=LONG),))))


HELPED = Conversation(
    when=f"{TASK} with help", replies=(Reply(blocks=(_agent("one"),)), Reply(blocks=(Text(text=LONG),)))
)
THREADS = ("many tools", "left behind", "background", "large", "agents")
SCENARIO = Scenario(
    pace=0.002,
    threads=(
        *(
            Conversation(when=f"{PROMPT}: {name}", replies=replies)
            for name, replies in zip(THREADS, (MANY_TOOLS, LEFT_BEHIND, BACKGROUND, LARGE, AGENTS), strict=True)
        ),
        HELPED,
        # The longer task first: the other's words are in it, too.
        *(_worker(f"{task} beside") for task in TASKS),
        *map(_worker, TASKS),
    ),
)
