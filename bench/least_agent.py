"""The least that an agent in Python can be, as a floor for what agents cost: the standard library, one connection, one
line of JSON a message, and nothing of what claw promises. `python least_agent.py URL FILE PROMPT`.
"""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
from typing import Any

PARAMETERS = {"type": "object", "properties": {"command": {"type": "string"}}, "required": ["command"]}
TOOLS = [{"type": "function", "function": {"name": "bash", "parameters": PARAMETERS}}]


def main(url: str, path: str, prompt: str) -> None:
    connection = http.client.HTTPConnection(url.removeprefix("http://"))
    messages: list[dict[str, Any]] = []
    if os.path.exists(path):
        with open(path, encoding="utf-8") as earlier:
            messages = [json.loads(line) for line in earlier]
    with open(path, "a", encoding="utf-8") as log:

        def add(message: dict[str, Any]) -> None:
            messages.append(message)
            log.write(json.dumps(message) + "\n")
            log.flush()

        add({"role": "user", "content": prompt})
        while True:
            text, calls = ask(connection, messages)
            add({"role": "assistant", "content": text, **({"tool_calls": calls} if calls else {})})
            if not calls:
                print(text)
                return
            for call in calls:
                command = json.loads(call["function"]["arguments"])["command"]
                done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
                add({"role": "tool", "tool_call_id": call["id"], "content": done.stdout + done.stderr})


def ask(connection: http.client.HTTPConnection, messages: list[dict[str, Any]]) -> tuple[str, list[dict[str, Any]]]:
    """The text and the calls of the reply."""
    body = json.dumps({"model": "mock", "stream": True, "messages": messages, "tools": TOOLS})
    connection.request("POST", "/v1/chat/completions", body, {"content-type": "application/json"})
    pieces: list[str] = []
    calls: list[dict[str, Any]] = []
    for line in (response := connection.getresponse()):
        if line.startswith(b"data: {"):
            for choice in json.loads(line[6:])["choices"]:
                pieces.append(choice["delta"].get("content") or "")
                for call in choice["delta"].get("tool_calls") or ():
                    if call.get("id"):
                        calls.append(call)
                    else:
                        calls[call["index"]]["function"]["arguments"] += call["function"]["arguments"]
    response.read()
    return "".join(pieces), calls


if __name__ == "__main__":
    main(*sys.argv[1:])
