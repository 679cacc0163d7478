"""claw in a real terminal: tmux holds it, keys go in, the screen is read."""

from __future__ import annotations

import re
import shlex
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.cli.live.world import CLAW, PATIENCE, World


@dataclass
class Terminal:
    """One tmux server with one window, in which claw runs. Close it."""

    world: World
    socket: str
    columns: int = 100
    rows: int = 40

    def start(
        self, *arguments: str, shell: bool = False, program: tuple[str, ...] = (CLAW,), **environ: str
    ) -> Terminal:
        """`shell`: bash is started instead, to start claw from."""
        assignments = [f"{name}={value}" for name, value in {**self.world.environ, "PS1": "SH> ", **environ}.items()]
        claw = ["env", "-i", *assignments, "sh", "-c", 'echo $$ >"$0"; exec "$@"', str(self._pid)]
        claw += ["bash", "--norc", "-i"] if shell else [*program, *arguments]
        # The exit code goes through a file: tmux does not always notice that its child has ended.
        script = f"trap : INT; {shlex.join(claw)}; echo $? >{shlex.quote(str(self._code))}; sleep 3600"
        size = ("-x", str(self.columns), "-y", str(self.rows))
        self._tmux("-f", "/dev/null", "new-session", "-d", *size, "-c", str(self.world.workspace), script)
        self._tmux("set", "-s", "escape-time", "0")
        return self

    @property
    def pid(self) -> int:
        """claw's own process."""
        return int(self._pid.read_text())

    @property
    def _pid(self) -> Path:
        return self.world.root / f"{self.socket}.pid"

    @property
    def _code(self) -> Path:
        return self.world.root / f"{self.socket}.code"

    def type(self, text: str) -> None:
        """Type text as it is, without Enter."""
        self._tmux("send-keys", "-t", "0", "-l", text)

    def press(self, *keys: str) -> None:
        """Press keys by tmux's names: Enter, Escape, C-c, M-Enter, Up."""
        self._tmux("send-keys", "-t", "0", *keys)

    def enter(self, text: str) -> None:
        self.type(text)
        self.press("Enter")

    def paste(self, text: str) -> None:
        """As from the clipboard: in brackets, where the program asked for them."""
        self._tmux("set-buffer", "-b", "pasted", text)
        self._tmux("paste-buffer", "-p", "-d", "-b", "pasted", "-t", "0")

    def screen(self) -> str:
        """All that the terminal shows and has shown, wrapped lines joined."""
        return self._tmux("capture-pane", "-p", "-J", "-S", "-", "-t", "0")

    def in_sight(self) -> str:
        """What the window shows now, line by line as it is."""
        return self._tmux("capture-pane", "-p", "-t", "0")

    def styled(self) -> str:
        """The same with its styles."""
        return self._tmux("capture-pane", "-p", "-e", "-J", "-S", "-", "-t", "0")

    def wait(self, *wanted: str) -> str:
        """Wait until all of this is on the screen, wherever its lines are broken; the screen."""
        return self._until(lambda screen: all(is_shown(text, screen) for text in wanted), f"{wanted!r}")

    def insist(self, line: str, wanted: str) -> None:
        """Enter a line again and again until it has led to this."""
        while wanted not in self.screen():
            self.enter(line)
            self._until(lambda screen: wanted in screen or "Type it again." in screen, wanted)

    def wait_gone(self, *unwanted: str) -> str:
        return self._until(lambda screen: not any(text in screen for text in unwanted), f"not {unwanted!r}")

    def wait_idle(self) -> str:
        """Wait until no turn runs."""
        return self.wait_gone("Esc interrupts")

    def wait_count(self, text: str, count: int) -> str:
        return self._until(lambda screen: screen.count(text) >= count, f"{count} times {text!r}")

    def exit_code(self) -> int:
        """Wait until claw has ended; its exit code."""
        self._until(lambda screen: self._code.exists() and self._code.read_text().endswith("\n"), "claw's end")
        return int(self._code.read_text())

    def close(self) -> None:
        subprocess.run(["tmux", "-L", self.socket, "kill-server"], capture_output=True, check=False)

    def _until(self, holds: Callable[[str], bool], wanted: str) -> str:
        end = time.monotonic() + PATIENCE
        while True:
            screen = self.screen()
            if holds(screen):
                return screen
            if time.monotonic() > end:
                raise AssertionError(f"waited in vain for {wanted}; the screen:\n{screen}")
            time.sleep(0.05)

    def _tmux(self, *arguments: str) -> str:
        done = subprocess.run(["tmux", "-L", self.socket, *arguments], capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"tmux {arguments}: {done.stderr}"
        return done.stdout


def is_shown(text: str, screen: str) -> bool:
    """Whether it can be read there: claw breaks its lines at the window's edge, and how long a path is depends on the
    machine. At a blank any line may break, inside a word only one that is longer than a line."""
    parts = (r"(?: |\s*\n\s*)" if letter == " " else rf"{re.escape(letter)}(?:\n\s*)?" for letter in text)
    return text in screen or re.search("".join(parts), screen) is not None


def ready(opened: Terminal) -> Terminal:
    """Wait until the session is open."""
    opened.wait("/help", "claude-")
    return opened


def asked(opened: Terminal) -> str:
    """Wait until a question listens to keys: for a moment they are taken for the end of what was being typed."""
    return opened.wait("May claw do this?", "1 Yes, this once", "Press a key")


def key_of(screen: str, label: str) -> str:
    """The key of the choice that begins so, in the question that the screen shows last."""
    shown = screen[screen.rindex("May claw do this?") :]
    found = re.search(rf"^\W*(\w) {re.escape(label)}", shown, re.MULTILINE)
    assert found, f"no choice {label!r} in:\n{shown}"
    return found[1]


def answer(opened: Terminal, label: str) -> None:
    """Answer a question. The next one may follow at once: wait for what the answer led to."""
    opened.press(key_of(asked(opened), label))
