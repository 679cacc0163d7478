"""TLS through the proxy: a tunnel to a granted host asks for granted names only. A real client, a real server."""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from tests.native.confined import Box
from tests.native.listening import Listener
from tests.native.test_sandbox_proxy import PROXY, run

CLIENT = f"""\
import ssl
def tunnel(to):
    s = socket.create_connection({PROXY!r}, 20)
    s.sendall(f"CONNECT {{to}} HTTP/1.1\\r\\n\\r\\n".encode())
    head = b""
    while not head.endswith(b"\\r\\n\\r\\n"):
        head += s.recv(1)
    assert head.startswith(b"HTTP/1.1 200 ")
    return s
def context():
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    found.check_hostname, found.verify_mode = False, ssl.CERT_NONE
    return found
def ask(to, name):
    try:
        with context().wrap_socket(tunnel(to), server_hostname=name) as s:
            s.sendall(b"hello")
            return s.recv(100).decode()
    except ssl.SSLError as e:
        return e.reason
def hello(name):
    out = ssl.MemoryBIO()
    try:
        context().wrap_bio(ssl.MemoryBIO(), out, server_hostname=name).do_handshake()
    except ssl.SSLWantReadError:
        return out.read()
def answer(to, *pieces):
    s = tunnel(to)
    try:
        for piece in pieces:
            s.sendall(piece)
        return s.recv(7)
    except OSError:
        return b""
def cut(record, size):
    body = record[5:]
    return [record[:3] + len(p).to_bytes(2, "big") + p for p in (body[n:n + size] for n in range(0, len(body), size))]
"""


class Server(Listener):
    """Speaks TLS and answers in capitals; keeps the name of each connection that asked for one, "" for none."""

    def __init__(self, folder: Path, host: str = "127.0.0.1", port: int = 0) -> None:
        made = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=x"
        files = "-keyout key.pem -out cert.pem"
        subprocess.run(f"{made} {files}", shell=True, cwd=folder, check=True, capture_output=True)
        self.names: list[str] = []
        self.heard: list[bytes] = []
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
        self._context.sni_callback = lambda _, name, __: self.names.append(name or "")
        super().__init__(self._greet, host, port)

    def _greet(self, client: socket.socket) -> None:
        with suppress(OSError):
            self.heard.append(client.recv(1, socket.MSG_PEEK))
            with self._context.wrap_socket(client, server_side=True) as secure:
                secure.sendall(secure.recv(100).upper())


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl to make a certificate")
    server = Server(tmp_path)
    yield server
    server.close()


def said(box: Box, program: str, *network: str) -> tuple[list[str], list[str]]:
    """Lines that the program printed, and what the proxy refused."""
    output, log = run(box, CLIENT + program, *network)
    return output.splitlines(), [host for host, _, passed in log if not passed]


def test_a_granted_name_is_reached(box: Box, server: Server) -> None:
    to = f"localhost:{server.port}"
    program = f"print(ask('{to}', 'localhost'), ask('{to}', 'Other.Example'), ask('{to}', 'a.below.example'))"
    others = [f"other.example:{server.port}", f"*.below.example:{server.port}"]
    assert said(box, program, to, *others) == (["HELLO HELLO HELLO"], [])
    assert [name.lower() for name in server.names] == ["localhost", "other.example", "a.below.example"]


def test_a_name_that_was_not_granted_is_refused_before_the_server_hears_of_it(box: Box, server: Server) -> None:
    to = f"localhost:{server.port}"
    program = f"print(ask('{to}', 'evil.example'))\nprint(ask('{to}', 'localhost.evil.example'))"
    lines, refused = said(box, program, to)
    assert ["ACCESS_DENIED" in line for line in lines] == [True, True]
    assert refused == ["evil.example", "localhost.evil.example"]
    assert server.names == []
    assert [first for first in server.heard if first] == []


def test_without_a_name_only_addresses_are_reached(box: Box, server: Server) -> None:
    port = server.port
    program = f"print(ask('localhost:{port}', None))\nprint(ask('127.0.0.1:{port}', None))\n"
    program += f"print(ask('127.0.0.1:{port}', 'localhost'))\nprint(ask('127.0.0.1:{port}', 'evil.example'))"
    lines, refused = said(box, program, f"localhost:{port}", f"127.0.0.1:{port}")
    assert ["ACCESS_DENIED" in line for line in lines] == [True, False, False, True]
    assert lines[1:3] == ["HELLO", "HELLO"]
    assert refused == ["localhost", "evil.example"]


@pytest.mark.parametrize("size", [1, 7, 60])
def test_a_message_in_many_records_and_packets_is_read_as_one(box: Box, server: Server, size: int) -> None:
    to = f"localhost:{server.port}"
    program = f"print(answer({to!r}, *cut(hello('evil.example'), {size})))\n"
    program += f"print(answer({to!r}, *[bytes([b]) for b in hello('evil.example')]))\n"
    program += f"print(answer({to!r}, b''.join(cut(hello('localhost'), {size})))[:1])\n"
    program += f"print(answer({to!r}, *[bytes([b]) for b in hello('localhost')])[:1])\n"
    denied = repr(bytes([21, 3, 3, 0, 2, 2, 49]))
    lines, refused = said(box, program, to)
    assert lines[:2] == [denied, denied]
    # What the server makes of so many records is its affair: a handshake or an alert, but it heard of it.
    assert lines[3] == repr(b"\x16")
    assert lines[2] in (repr(b"\x16"), repr(b"\x15"))
    assert refused == ["evil.example", "evil.example"]
    assert set(server.names) <= {"localhost"}


def test_what_only_begins_like_tls_does_not_pass(box: Box, server: Server) -> None:
    to = f"localhost:{server.port}"
    program = f"print(answer({to!r}, b'\\x16\\x03\\x01\\x00\\x05\\x02\\x00\\x00\\x01\\x00')[:1])\n"
    program += (
        f"s = tunnel({to!r})\ns.sendall(hello('localhost')[:50])\ns.shutdown(socket.SHUT_WR)\nprint(s.recv(9)[:1])"
    )
    lines, refused = said(box, program, to)
    assert lines == [repr(b"\x15")] * 2
    assert refused == ["localhost"] * 2
    assert [first for first in server.heard if first] == []


def test_to_port_443_nothing_but_tls_passes(box: Box, tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl to make a certificate")
    host = "127.98.{}.{}".format(*divmod(os.getpid() % 65_000, 250))  # its own: another run may be at it too
    try:
        server = Server(tmp_path, host, 443)
    except PermissionError:
        pytest.skip("only root may listen on port 443")
    program = f"print(answer('{host}:443', b'GET / HTTP/1.1\\r\\nHost: evil.example\\r\\n\\r\\n'))\n"
    program += f"print(answer('{host}:443', b'SSH-2.0-x\\r\\n'))\nprint(ask('{host}:443', None))"
    assert said(box, program, host) == (["b''", "b''", "HELLO"], [host, host])
    assert [first for first in server.heard if first] == [b"\x16"]
    server.close()


def test_other_ports_may_speak_something_else_and_the_server_first(box: Box) -> None:
    def greet(client: socket.socket) -> None:
        client.sendall(b"220 hi\n")
        client.sendall(client.recv(100).upper())

    with closing(Listener(greet)) as listener:
        port = listener.port
        program = f"s = tunnel('localhost:{port}')\nprint(s.recv(7))\ns.sendall(b'ehlo')\nprint(s.recv(9))"
        assert said(box, program, f"localhost:{port}") == (["b'220 hi\\n'", "b'EHLO'"], [])
