"""A language server for tests: a real process that speaks the protocol over its standard input and output, as a test
wants it to. It runs from its source, so that it need not be seen where it is confined.

In a text it finds an error in each `bad`, a warning in each `meh` and a hint in each `hmm`. `hover` tells, as JSON,
what it was told and what it can reach.
"""

from __future__ import annotations

import sys

from claw.execution.language.known import KNOWN, Chosen, Program
from claw.execution.language.late import Languages

SOURCE = r"""
import json, os, re, socket, sys, time
ways = set(sys.argv[1].split())
inp, out = os.fdopen(0, "rb", closefd=False), os.fdopen(1, "wb", 0, closefd=False)
told, answers, texts, told_of = [], [], {}, {}

def raw(data):
    while data:
        data = data[out.write(data):]

def send(message):
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    raw(b"Content-Length: %d\r\n\r\n" % len(body) + body)

def receive():
    length = 0
    while (line := inp.readline()).strip():
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    return json.loads(inp.read(length)) if line else sys.exit(0)

encoding = next((w for w in ways if w.startswith("utf-")), None)
def units(text):
    if encoding == "utf-8":
        return len(text.encode())
    return len(text) if encoding == "utf-32" else len(text.encode("utf-16-le")) // 2

def found(uri):
    items = []
    for number, line in enumerate(re.split("\r\n|\n|\r", texts.get(uri, ""))):
        for match in re.finditer(r"bad\w*|meh\w*|hmm", line):
            start = {"line": number, "character": units(line[:match.start()])}
            end = {"line": number, "character": units(line[:match.end()])}
            kind = {"b": 1, "m": 2, "h": 4}[match[0][0]]
            items.append({"range": {"start": start, "end": end}, "severity": kind, "code": "word",
                          "source": "odd", "message": f"this is {match[0]}"})
    return items

def reach():
    seen = {"home": os.listdir(os.path.expanduser("~")), "tmp": sorted(os.listdir("/tmp")), "can": []}
    root = os.getcwd()
    for path in (os.path.join(root, "made"), os.path.join(root, ".git", "made"), "/tmp/made"):
        try:
            open(path, "w").close()
            seen["can"].append("write " + os.path.relpath(path, root) if path.startswith(root) else "write " + path)
        except OSError:
            pass
    try:
        seen["secret"] = open(os.path.join(root, "secret.odd")).read()
    except OSError:
        seen["secret"] = ""
    try:
        socket.create_connection(("127.0.0.1", int(os.environ.get("PORT", "9"))), 2).close()
        seen["can"].append("connect")
    except OSError:
        pass
    seen["environ"] = sorted(os.environ)
    return seen

def publish(uri, version):
    params = {"uri": uri} if "unversioned" in ways else {"uri": uri, "version": version}
    for items in ([], found(uri)) if "prelude" in ways else (found(uri),):
        send({"method": "textDocument/publishDiagnostics", "params": {**params, "diagnostics": items}})

if "dies-at-once" in ways:
    sys.stderr.write("no such toolchain\n")
    sys.exit(3)
while True:
    message = receive()
    method, params, key = message.get("method"), message.get("params"), message.get("id")
    if method is None:
        answers.append(message.get("result", message.get("error")))
        continue
    told.append(method if method != "workspace/didChangeWatchedFiles" else [method, [
        [os.path.basename(c["uri"]), c["type"]] for c in params["changes"]]])
    if method == "initialize":
        if "hangs-at-start" in ways:
            time.sleep(1e6)
        if ways & {"refuses", "misunderstands"}:
            refusal = {"code": 1, "message": "no compiler here"}
            send({"id": key, "error": refusal} if "refuses" in ways else {"id": key, "result": {"capabilities": 5}})
            continue
        sync = {"none": 0, "full": 1}.get(next((w for w in ways if w in ("none", "full")), ""), 2)
        can = {"textDocumentSync": {"openClose": True, "change": sync, "save": True}}
        if "pull" in ways:
            can["diagnosticProvider"] = {"interFileDependencies": True}
        if encoding:
            can["positionEncoding"] = encoding
        send({"id": key, "result": {"capabilities": can}})
        if "asks" in ways:
            wanted = [("workspace/configuration", {"items": [{"section": "odd.deep"}, {"section": "no.such"}, {}]}),
                      ("workspace/applyEdit", {"edit": {"changes": {}}}), ("window/showDocument", {"uri": "https://x"}),
                      ("workspace/workspaceFolders", None), ("window/showMessageRequest", {"message": "?"}),
                      ("client/registerCapability", "nonsense"), ("workspace/configuration", "nonsense"),
                      ("no/such", {}), ("workspace/configuration", {"items": [{}] * 50000})]
            for number, (name, about) in enumerate(wanted):
                send({"id": f"q{number}", "method": name, "params": about})
        if "registers" in ways:
            send({"id": 77, "method": "client/registerCapability",
                  "params": {"registrations": [{"id": "d", "method": "textDocument/diagnostic"}]}})
        if "strange-ids" in ways:
            send({"id": 123456, "result": 1})
            send({"id": "no", "error": {"code": 1, "message": "x"}})
            for odd in ({"uri": "file:///etc/passwd", "diagnostics": 5}, {"uri": "file:///x", "diagnostics": []}):
                send({"method": "textDocument/publishDiagnostics", "params": odd})
    elif method in ("textDocument/didOpen", "textDocument/didChange"):
        document = params["textDocument"]
        uri = document["uri"]
        texts[uri] = document["text"] if "text" in document else params["contentChanges"][-1]["text"]
        if "dies" in texts[uri]:
            sys.stderr.write("thread 'main' panicked\n")
            os._exit(101)
        for word, act in (
            ("huge", lambda: raw(b"Content-Length: 104857600\r\n\r\n" + b" " * 2**20)),
            ("garbage", lambda: raw(b"panic: " * 20000)),
            ("short", lambda: raw(b'Content-Length: 5\r\n\r\n{"jsonrpc": "2.0"}\r\n\r\n{}\r\n\r\n')),
            ("nolength", lambda: raw(b"Content-Type: x\r\n\r\n{}")),
            ("deep", lambda: raw(b"Content-Length: 200000\r\n\r\n" + b"[" * 200000)),
        ):
            if word in texts[uri]:
                act()
                time.sleep(1e6)
        if "floods" in texts[uri]:
            while True:
                send({"method": "window/logMessage", "params": {"message": "x" * 100000}})
        if "hangs" in texts[uri]:
            time.sleep(1e6)
        if "quiet" in ways and found(uri) == told_of.get(uri, []):
            continue
        told_of[uri] = found(uri)
        if not ways & {"pull", "registers", "mute"}:
            publish(uri, document["version"])
    elif method == "textDocument/didClose":
        texts.pop(params["textDocument"]["uri"], None)
    elif key is None:
        continue
    elif method == "textDocument/diagnostic":
        if "wrong-shape" in ways:
            send({"id": key, "result": {"items": "nothing"}})
        elif "interrupted" in ways and told.count(method) < 3:
            send({"id": key, "error": {"code": -32802, "message": "again"}})
        else:
            send({"id": key, "result": {"kind": "full", "items": found(params["textDocument"]["uri"])}})
    elif method == "textDocument/hover":
        said = {"told": told, "answers": answers, "position": params["position"], "reach": reach()}
        send({"id": key, "result": {"contents": json.dumps(said)}})
    elif method == "textDocument/definition" and "outside" in ways:
        zero = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}}
        far = {"start": {"line": -5, "character": 10**12}, "end": {"line": 0, "character": 0}}
        uris = ["file:///etc/pass%0awd", "https://example.com/x", "file://host/share", "file:///%ff%00", "not a uri"]
        uris += ["", "file:///[x"]
        send({"id": key, "result": [{"uri": uri, "range": zero} for uri in uris] + [
            {"targetUri": "file:///lib/y.odd", "targetRange": zero, "targetSelectionRange": far}]})
    elif method == "textDocument/references" and "many" in ways:
        uri = params["textDocument"]["uri"]
        send({"id": key, "result": [{"uri": uri, "range": {"start": {"line": n, "character": 0},
              "end": {"line": n, "character": 1}}} for n in range(5000)]})
    elif method == "textDocument/documentSymbol" and "nested" in ways:
        symbol = {"name": "last"}
        for n in range(150):
            symbol = {"name": f"\x1b[31mn{n}", "kind": 99, "children": [symbol]}
        send({"id": key, "result": [symbol]})
    elif method == "workspace/symbol":
        send({"id": key, "result": [5, "wrong"]})
    else:
        send({"id": key, "error": {"code": -32601, "message": "odd knows no " + method}})
"""


def odd(ways: str = "pull", **more: object) -> Program:
    """The server, for files that end in `.odd`."""
    command = (sys.executable, "-c", SOURCE, ways)
    return Program("odd", command, {".odd": "odd"}, **more)  # type: ignore[arg-type]


def languages(ways: str = "pull", **more: object) -> Languages:
    """That one alone."""
    return Languages(Chosen(programs=(odd(ways, **more),), without=tuple(program.name for program in KNOWN)))
