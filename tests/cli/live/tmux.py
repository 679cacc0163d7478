"""claw in a real terminal: tmux holds it, keys go in, the screen is read."""

from __future__ import annotations

import shlex
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.cli.live.world import CLAW, PATIENCE, World


@dataclass
class Terminal:
    """One tmux server with one window, in which claw runs. Close it."""

    world: World
    socket: str
    columns: int = 100
    rows: int = 40

    def start(self, *arguments: str, **environ: str) -> Terminal:
        assignments = [f"{name}={value}" for name, value in {**self.world.environ, **environ}.items()]
        command = shlex.join(["env", "-i", *assignments, CLAW, *arguments])
        config = "set -g remain-on-exit on; set -g history-limit 5000; set -s escape-time 0"
        self._tmux("-f", "/dev/null", "new-session", "-d", "-x", str(self.columns), "-y", str(self.rows), "sleep 3600")
        for setting in config.split("; "):
            self._tmux(*setting.split(" "))
        self._tmux("respawn-pane", "-k", "-c", str(self.world.workspace), "-t", "0", command)
        return self

    def type(self, text: str) -> None:
        """Type text as it is, without Enter."""
        self._tmux("send-keys", "-t", "0", "-l", text)

    def press(self, *keys: str) -> None:
        """Press keys by tmux's names: Enter, Escape, C-c, M-Enter, Up."""
        self._tmux("send-keys", "-t", "0", *keys)

    def enter(self, text: str) -> None:
        self.type(text)
        self.press("Enter")

    def screen(self) -> str:
        """All that the terminal shows and has shown, wrapped lines joined."""
        return self._tmux("capture-pane", "-p", "-J", "-S", "-", "-t", "0")

    def styled(self) -> str:
        """The same with its styles."""
        return self._tmux("capture-pane", "-p", "-e", "-J", "-S", "-", "-t", "0")

    def wait(self, *wanted: str) -> str:
        """Wait until all of this is on the screen; the screen."""
        return self._until(lambda screen: all(text in screen for text in wanted), f"{wanted!r}")

    def wait_gone(self, *unwanted: str) -> str:
        return self._until(lambda screen: not any(text in screen for text in unwanted), f"not {unwanted!r}")

    def wait_idle(self) -> str:
        """Wait until no turn runs."""
        return self.wait_gone("Esc interrupts")

    def wait_count(self, text: str, count: int) -> str:
        return self._until(lambda screen: screen.count(text) >= count, f"{count} times {text!r}")

    def exit_code(self) -> int:
        """Wait until claw has ended; its exit code."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            state = self._tmux("display-message", "-p", "-t", "0", "#{pane_dead} #{pane_dead_status}").split()
            if state[0] == "1" and len(state) == 2:
                return int(state[1])
            time.sleep(0.05)
        raise AssertionError(f"claw did not end:\n{self.screen()}")

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
