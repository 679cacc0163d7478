"""The way out over the proxy: what was granted, and no trick."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest

from claw import _native
from claw.errors import ToolError
from tests.native.confined import Box
from tests.native.listening import Listener
from tests.native.running import ended, granted, read_all

PROXY = ("127.0.0.1", 3128)
TALK = f"""\
import socket, sys
def talk(*pieces):
    with socket.create_connection({PROXY!r}, 20) as s:
        for piece in pieces:
            s.sendall(piece.encode())
        s.shutdown(socket.SHUT_WR) if pieces[-1:] == ("",) else None
        said = b""
        while piece := s.recv(65536):
            said += piece
    return said.decode()
"""


class Server(Listener):
    """Keeps what it is sent, and answers every connection."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        super().__init__(self._redirect)

    def _redirect(self, client: socket.socket) -> None:
        heard = b""
        while b"\r\n\r\n" not in heard:
            piece = client.recv(65536)
            if not piece:
                break
            heard += piece
        self.heard.append(heard.decode())
        client.sendall(b"HTTP/1.1 302 Found\r\nLocation: http://evil.example/\r\nContent-Length: 2\r\n\r\nhi")


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


def run(box: Box, program: str, *network: str) -> tuple[str, list[tuple[str, int, bool]]]:
    """What a program in the sandbox said, and what the proxy decided."""
    if box.uid is not None:
        pytest.skip("this is about claw's end, the same for every user")
    (box.workspace / "attempt.py").write_text(TALK + program)
    process = _native.Process(
        granted("exec /usr/bin/python3 attempt.py"),
        shell="/bin/bash",
        cwd=str(box.workspace),
        env={"PATH": os.environ["PATH"], "NO_PROXY": "*"},
        guard=str(box.folder / "guard"),
        confinement=_native.Confinement(**box.confinement(network=list(network))),
    )
    output = read_all(process).decode()
    assert ended(process) == 0, output
    return output, process.network_log()


def test_a_plain_request_reaches_what_was_granted_under_its_own_name(box: Box, server: Server) -> None:
    head = f"GET http://localhost:{server.port}/path HTTP/1.1\\r\\nHost: evil.example\\r\\nX-Y: z\\r\\n\\r\\n"
    output, log = run(box, f'print(talk("{head}"))', f"localhost:{server.port}")
    assert output.rstrip().endswith("hi")
    assert server.heard == [
        f"GET /path HTTP/1.1\r\nHost: localhost:{server.port}\r\nConnection: close\r\nX-Y: z\r\n\r\n"
    ]
    assert log == [("localhost", server.port, True)]


def test_a_tunnel(box: Box, server: Server) -> None:
    connect = f"CONNECT localhost:{server.port} HTTP/1.1\\r\\n\\r\\n"
    output, _ = run(box, f'print(talk("{connect}", "anything\\r\\n\\r\\n"))', f"localhost:{server.port}")
    assert output.startswith("HTTP/1.1 200 ")
    assert output.rstrip().endswith("hi")
    assert server.heard == ["anything\r\n\r\n"]


def test_programs_find_the_proxy_by_themselves(box: Box, server: Server) -> None:
    program = "import urllib.request\n"
    program += (
        "class Stay(urllib.request.HTTPRedirectHandler):\n    def redirect_request(self, *a):\n        return None\n"
    )
    program += (
        "try:\n    urllib.request.build_opener(Stay).open(%r)\nexcept urllib.error.HTTPError as e:\n    print(e.code)\n"
    )
    output, _ = run(box, program % f"http://localhost:{server.port}/", f"localhost:{server.port}")
    assert output == "302\n"


def test_a_redirect_elsewhere_is_judged_anew(box: Box, server: Server) -> None:
    program = "import urllib.request\ntry:\n    urllib.request.urlopen(%r)\n"
    program += "except urllib.error.HTTPError as e:\n    print(e.code)\n"
    output, log = run(box, program % f"http://localhost:{server.port}/", f"localhost:{server.port}")
    assert output == "403\n"
    assert log == [("localhost", server.port, True), ("evil.example", 80, False)]


REFUSED = {
    "another host": ("CONNECT evil.example:443", "403"),
    "another port": ("CONNECT localhost:1", "403"),
    "an address": ("CONNECT 127.0.0.1:{port}", "403"),
    "IPv6": ("CONNECT [::1]:{port}", "403"),
    "mapped": ("CONNECT [::ffff:127.0.0.1]:{port}", "403"),
    "short": ("CONNECT 127.1:{port}", "400"),
    "a number": ("CONNECT 2130706433:{port}", "400"),
    "hexadecimal": ("CONNECT 0x7f.0.0.1:{port}", "400"),
    "below": ("CONNECT a.localhost:{port}", "403"),
    "userinfo": ("GET http://localhost:{port}@evil.example/", "400"),
    "userinfo the other way": ("GET http://evil.example@localhost:{port}/", "400"),
    "a NUL": ("CONNECT localhost\0.evil.example:{port}", "400"),
    "a look-alike": ("CONNECT l\u043ecalhost:{port}", "400"),
    "a path": ("GET /", "400"),
    "encrypted in plain": ("GET https://localhost:{port}/", "400"),
    "another protocol": ("GET ftp://localhost:{port}/", "400"),
}


@pytest.mark.parametrize("attempt", REFUSED)
def test_what_was_not_granted_is_refused(box: Box, server: Server, attempt: str) -> None:
    line, status = REFUSED[attempt]
    request = line.format(port=server.port) + " HTTP/1.1\r\nHost: localhost\r\n\r\n"
    output, log = run(box, f"print(talk({request!r}))", f"localhost:{server.port}")
    assert output.startswith(f"HTTP/1.1 {status} ")
    assert server.heard == []
    assert not any(allowed for _, _, allowed in log)


def test_nothing_is_smuggled_behind_a_plain_request(box: Box, server: Server) -> None:
    first = f"GET http://localhost:{server.port}/1 HTTP/1.1\r\n\r\n"
    second = "GET /2 HTTP/1.1\r\nHost: evil.example\r\n\r\n"
    run(box, f"talk({first + second!r})", f"localhost:{server.port}")
    assert ["evil" in heard for heard in server.heard] == [False]
    chunked = f"POST http://localhost:{server.port}/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    assert "411" in run(box, f"print(talk({chunked!r}))", f"localhost:{server.port}")[0]


def test_a_name_that_leads_into_this_machine_is_refused(box: Box, server: Server) -> None:
    # This machine's own name is one that resolves, and to nothing public.
    name = socket.gethostname()
    try:
        addresses = {info[4][0] for info in socket.getaddrinfo(name, 80)}
    except OSError:
        pytest.skip("this machine's name is not known to it")
    if not all(str(address).startswith(("127.", "10.", "172.", "192.168.", "::1", "fe80")) for address in addresses):
        pytest.skip("this machine's name leads to the internet")
    request = f"CONNECT {name}:{server.port} HTTP/1.1\r\n\r\n"
    output, log = run(box, f"print(talk({request!r}))", f"{name}:{server.port}")
    assert "no address of the public internet" in output
    assert log == [(name.lower(), server.port, False)]


def test_there_is_no_way_around_the_proxy(box: Box, server: Server) -> None:
    program = f"try:\n    socket.create_connection(('127.0.0.1', {server.port}), 2)\nexcept OSError:\n    print('no')\n"
    assert run(box, program, f"localhost:{server.port}")[0] == "no\n"


def test_a_list_that_is_none(box: Box) -> None:
    for entry in ("*.", "http://example.com", "a b", "", "example.com:0"):
        with pytest.raises(ToolError, match="is no host"):
            _native.Confinement(**box.confinement(network=[entry]))


def test_many_connections_at_once(box: Box, server: Server) -> None:
    head = f"GET http://localhost:{server.port}/ HTTP/1.1\\r\\n\\r\\n"
    program = "import concurrent.futures as f\nwith f.ThreadPoolExecutor(100) as pool:\n"
    program += f'    print(sum("302" in said for said in pool.map(talk, ["{head}"] * 200)))\n'
    assert run(box, program, f"localhost:{server.port}")[0] == "200\n"
