"""A client of `claw acp` on the real wire, which holds every message of claw's against the protocol's schema."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema_rs

from tests.cli.live.world import PATIENCE, World

FOLDER = Path(__file__).parent
SCHEMA: dict[str, Any] = json.loads((FOLDER / "schema.json").read_text())
CAPABLE = {"elicitation": {"form": {}}, "_meta": {"terminal_output": True}}

Message = dict[str, Any]


def validator(name: str) -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for({"$ref": f"#/$defs/{name}", "$defs": SCHEMA["$defs"]})


_OF_METHODS = {
    (of["x-method"], name.endswith("Response")): name for name, of in SCHEMA["$defs"].items() if "x-method" in of
}
_VALIDATORS: dict[str, jsonschema_rs.Validator] = {}


def check(method: str, value: object, *, answer: bool) -> None:
    """Whether these parameters, or this result, are what the schema says. It has no `session/fork` yet, which answers
    as `session/new` does.
    """
    method = "session/new" if method == "session/fork" else method
    name = _OF_METHODS[method, answer]
    _VALIDATORS.setdefault(name, validator(name)).validate(value)


class Editor:
    """Starts claw, says what it is told to, and hears everything. Questions get the answers of `answering`: a function
    of the request, whose None is none.
    """

    def __init__(
        self, world: World, *flags: str, answering: Callable[[Message], object] = lambda message: None
    ) -> None:
        self.world = world
        self.process = world.spawn("acp", *flags, stdin=subprocess.PIPE)
        self.heard: list[Message] = []
        self._answering = answering
        self._methods: dict[object, str] = {}
        self._changed = threading.Condition()
        self._over = False
        self._next = 0
        self.paused = threading.Event()
        self.paused.set()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    # --- saying -------------------------------------------------------------------------------------------------------

    def write(self, line: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line)
        self.process.stdin.flush()

    def say(self, **message: object) -> None:
        self.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")

    def begin(self, method: str, **params: object) -> int:
        """Ask for something; the request's id."""
        self._next += 1
        self._methods[self._next] = method
        self.say(id=self._next, method=method, params=params)
        return self._next

    def notify(self, method: str, **params: object) -> None:
        self.say(method=method, params=params)

    def ask(self, method: str, **params: object) -> Any:
        """The result. Raises AssertionError for an error."""
        answer = self.answer(self.begin(method, **params))
        assert "error" not in answer, answer
        return answer["result"]

    def refused(self, method: str, **params: object) -> Message:
        """The error."""
        error: Message = self.answer(self.begin(method, **params))["error"]
        return error

    # --- the usual ----------------------------------------------------------------------------------------------------

    def initialize(self, **capabilities: object) -> Any:
        info = {"name": "test", "version": "1"}
        return self.ask("initialize", protocolVersion=1, clientCapabilities=capabilities, clientInfo=info)

    def new(self, **more: object) -> str:
        """A new session's id."""
        return str(self.ask("session/new", **{"cwd": str(self.world.workspace), "mcpServers": [], **more})["sessionId"])

    def prompt(self, session: str, *blocks: str | Message) -> str:
        """Why the turn ended."""
        return str(self.ask("session/prompt", sessionId=session, prompt=said(*blocks))["stopReason"])

    # --- hearing ------------------------------------------------------------------------------------------------------

    def answer(self, id: object) -> Message:
        return self.wait(lambda message: "method" not in message and message.get("id") == id)

    def wait(self, wanted: Callable[[Message], bool], seconds: float = PATIENCE) -> Message:
        """The first message that is so."""
        found: list[Message] = []

        def look() -> bool:
            found[:] = [message for message in self.heard if wanted(message)][:1]
            return bool(found) or self._over

        with self._changed:
            self._changed.wait_for(look, seconds)
        assert found, f"claw said nothing of the kind; it said {self.heard[-5:]}, and {self.words()}"
        return found[0]

    def updates(self, kind: str = "", session: str = "") -> list[Message]:
        """Those of this kind, of this session."""
        told = [message["params"] for message in [*self.heard] if message.get("method") == "session/update"]
        return [
            one["update"]
            for one in told
            if kind in ("", one["update"]["sessionUpdate"]) and session in ("", one["sessionId"])
        ]

    def text(self, kind: str = "agent_message_chunk", session: str = "") -> str:
        return "".join(one["content"]["text"] for one in self.updates(kind, session))

    def call(self, number: int = 0) -> Message:
        """All that was told of a call, later updates over earlier ones."""
        ids = list(dict.fromkeys(one["toolCallId"] for one in self.updates("tool_call")))
        whole: Message = {}
        for one in self.updates():
            if one.get("toolCallId") == ids[number]:
                whole |= {key: value for key, value in one.items() if key != "sessionUpdate"}
        return whole

    def words(self) -> str:
        """What it has said to people; only once it is over."""
        if self.process.poll() is None or self.process.stderr is None:
            return "runs on"
        return self.process.stderr.read().decode()

    def leave(self) -> int:
        """Close the input, and wait for the end; the exit code."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.wait_end()

    def wait_end(self) -> int:
        code = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return code

    def close(self) -> None:
        self.paused.set()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._reader.join(PATIENCE)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:
                    continue

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in iter(self.process.stdout.readline, b""):
            if not line.endswith(b"\n"):
                break  # it was killed, or has left a client that did not read
            message = json.loads(line)
            problem = self._problem(message)
            with self._changed:
                self.heard.append(problem or message)
                self._changed.notify_all()
            if "method" in message and "id" in message:
                answer = self._answering(message)
                if answer is not None:
                    self.say(id=message["id"], **({"error": answer} if "code" in answer else {"result": answer}))  # type: ignore[operator, dict-item]
            self.paused.wait()
        with self._changed:
            self._over = True
            self._changed.notify_all()

    def _problem(self, message: Message) -> Message | None:
        """What is wrong with it by the schema; it is heard as that."""
        try:
            assert message["jsonrpc"] == "2.0", message
            if "method" in message:
                check(message["method"], message["params"], answer=False)
            elif "error" in message:
                validator("Error").validate(message["error"])
            else:
                check(self._methods[message["id"]], message["result"], answer=True)
        except Exception as error:  # noqa: BLE001 - the test that waits for the message says so
            return {"wrong": f"{error!r}", "message": message}
        return None


def said(*blocks: str | Message) -> list[Message]:
    return [{"type": "text", "text": block} if isinstance(block, str) else block for block in blocks]


def chooses(*kinds: str) -> Callable[[Message], object]:
    """Answers each question in turn with the first option of this kind; "" is no answer."""
    left = list(kinds)

    def answer(message: Message) -> object:
        kind = left.pop(0)
        if not kind:
            return None
        options = message["params"]["options"]
        chosen = next(one["optionId"] for one in options if kind in (one["kind"], one["optionId"]))
        return {"outcome": {"outcome": "selected", "optionId": chosen}}

    return answer
