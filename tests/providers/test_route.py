"""The way to a server: proxies and certificates that the environment names, and what makes them useless."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from claw.errors import ProviderError, RouteUnusable, UsageError
from claw.events.content import Api
from claw.events.session import Model
from claw.providers import CallFailed, catalogue, connect
from claw.providers.route import Route, proxy_for
from claw.providers.scripted import Reply, Scenario, Text

from .proxies import Proxy
from .support import Serve, ask, hear

pytestmark = pytest.mark.anyio

ELSEWHERE = "http://model.test"
"""A name that nobody has: only a proxy can lead there."""
KEYS = {"ANTHROPIC_API_KEY": "k", "OPENAI_API_KEY": "k"}


async def answer(api: Api, base_url: str, environment: Mapping[str, str]) -> str:
    provider = connect(Model(provider="anthropic", api=api, name="m", base_url=base_url), {**KEYS, **environment})
    try:
        heard = await hear(provider, ask(api))
    finally:
        await provider.close()
    return str(heard.content[0])


# --- proxies ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["socks5", "socks5h", "socks", "SOCKS5"])
@pytest.mark.parametrize("variable", ["ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy"])
async def test_a_socks_proxy_is_used(variable: str, scheme: str, serve: Serve) -> None:
    server = await serve(Scenario(replies=(Reply(blocks=(Text(text="Hello"),)),)))
    with Proxy(urlsplit(server.url).port or 0) as proxy:
        said = await answer("openai-chat", ELSEWHERE, {variable: f"{scheme}://{proxy.address}/"})
        assert (proxy.asked, "Hello" in said) == (["model.test"], True)


async def test_the_api_makes_no_difference(api: Api, serve: Serve) -> None:
    server = await serve(Scenario(replies=(Reply(blocks=(Text(text="Hello"),)),)))
    with Proxy(urlsplit(server.url).port or 0) as proxy:
        assert "Hello" in await answer(api, ELSEWHERE, {"ALL_PROXY": f"socks5h://{proxy.address}"})
        assert proxy.connections == 1


async def test_nothing_stands_before_a_server_on_this_machine(serve: Serve) -> None:
    server = await serve(Scenario(replies=(Reply(blocks=(Text(text="Hello"),)),)))
    assert "Hello" in await answer("openai-chat", server.url, {"ALL_PROXY": "socks5://127.0.0.1:1"})


@pytest.mark.parametrize(
    ("value", "word"),
    [
        ("socks4://127.0.0.1:1", "socks4"),
        ("ftp://proxy.test:21", "ftp"),
        ("http://", "no host"),
        ("socks5://:1080", "no host"),
        ("http://proxy.test:port", "no host"),
        ("http://[::1", "no host"),
        ("proxy test", "no host"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_named_by_its_variable(value: str, word: str) -> None:
    for variable in ("HTTPS_PROXY", "all_proxy"):
        with pytest.raises(RouteUnusable, match=variable) as caught:
            connect(Model(provider="anthropic", api="anthropic", name="m"), {**KEYS, variable: value})
        assert word in caught.value.message
        assert variable in caught.value.hint


async def test_a_proxy_that_is_not_there_is_named_without_its_password() -> None:
    with pytest.raises(CallFailed) as caught:
        await answer("anthropic", ELSEWHERE, {"ALL_PROXY": "http://me:hunter2@127.0.0.1:9"})
    assert all(word in caught.value.message for word in ("ALL_PROXY", "http://127.0.0.1:9", "model.test"))
    assert "hunter2" not in caught.value.message
    assert (caught.value.failure, caught.value.retryable) == ("connection", True)


@pytest.mark.parametrize(
    ("exceptions", "passed"),
    [
        ("api.example.com", True),
        ("example.com", True),
        (".example.com", True),
        ("*.example.com", True),
        ("localhost, example.com", True),
        ("localhost example.com", True),
        ("*", True),
        ("EXAMPLE.COM", True),
        ("api.example.com:443", True),
        ("api.example.com:80", False),
        ("ample.com", False),
        ("", False),
        ("other.com", False),
    ],
)
def test_hosts_that_no_proxy_stands_before(exceptions: str, passed: bool) -> None:
    environment = {"HTTPS_PROXY": "http://p:1", "NO_PROXY": exceptions}
    assert (proxy_for("https://api.example.com:443/v1", environment) is None) == passed


@pytest.mark.parametrize(
    ("exceptions", "passed", "proxied"),
    [
        ("http://example.test", ["http://example.test", "http://example.test:8000"], ["https://example.test"]),
        ("HTTPS://Example.Test/", ["https://example.test/v1"], ["http://example.test"]),
        ("a.test,http://example.test", ["http://example.test", "https://a.test"], ["http://www.example.test"]),
        ("all://example.test", ["http://example.test", "https://example.test"], ["http://b.example.test"]),
        ("https://example.test:8443", ["https://example.test:8443"], ["https://example.test"]),
        ("https://example.test:443", ["https://example.test"], ["https://example.test:8443"]),
        ("all://*example.test", ["http://example.test", "http://b.example.test"], ["http://anexample.test"]),
        ("http://*.example.test", ["http://b.example.test"], ["http://example.test", "https://b.example.test"]),
        ("https://", ["https://example.test"], ["http://example.test"]),
        ("https://*", ["https://example.test"], ["http://example.test"]),
        ("all://", ["https://example.test", "http://[fd00::1]"], []),
        ("http://[::1]:8080", ["http://[::1]:8080"], ["http://[::1]:80", "https://[::1]:8080"]),
        ("ftp://example.test", [], ["http://example.test", "https://example.test"]),
        ("example.test:80", ["http://example.test"], ["https://example.test", "http://example.test:8000"]),
        (".example.test.", ["http://b.example.test", "http://example.test."], ["http://anexample.test"]),
        ("*:8080", ["http://example.test:8080"], ["http://example.test"]),
        ("2.3 0.2.3 .2.3", [], ["http://10.0.2.3"]),
        ("10.0.2.3:80", ["http://10.0.2.3"], ["http://10.0.2.3:81"]),
        ("fd00::1:2", ["http://[fd00::1:2]", "http://[fd00:0::1:2]:99"], ["http://[fd00::1]:2"]),
        ("[fd00::1]", ["http://[fd00::1]:99"], ["http://[fd00::2]"]),
        ("[fd00::1]:99", ["http://[fd00::1]:99"], ["http://[fd00::1]"]),
        (". , :80 http :// [", [], ["https://example.test"]),
    ],
)
def test_how_no_proxy_may_be_written(exceptions: str, passed: list[str], proxied: list[str]) -> None:
    environment = {"ALL_PROXY": "http://p:1", "NO_PROXY": exceptions}
    went = {url: proxy_for(url, environment) is None for url in (*passed, *proxied)}
    assert went == {url: url in passed for url in (*passed, *proxied)}


def test_networks_that_no_proxy_stands_before() -> None:
    environment = {"http_proxy": "p:1", "no_proxy": "10.0.0.0/8,fd00::/8,nonsense/99"}
    assert proxy_for("http://10.1.2.3:8000", environment) is None
    assert proxy_for("http://[fd00::1]:8000", environment) is None
    assert proxy_for("http://11.1.2.3:8000", environment) is not None
    assert proxy_for("http://11.1.2.3:8000", {"HTTPS_PROXY": "http://p:1"}) is None


# --- certificates ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of 127.0.0.1, signed by nobody else; its key lies beside it."""
    folder = tmp_path_factory.mktemp("tls")
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=test"
    made = [*command.split(), "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "cert.pem"]
    subprocess.run(made, cwd=folder, check=True, capture_output=True)
    (folder / "folder").mkdir()
    shutil.copy(folder / "cert.pem", folder / "folder" / "company.crt")
    return folder / "cert.pem"


@pytest.fixture(scope="module")
def encrypted(certificate: Path) -> Iterator[str]:
    """The address of a server with this certificate; it refuses every request in its own words."""

    class Refuses(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            body = b'{"error": {"message": "come in"}}'
            self.send_response(400)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Refuses)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_name("key.pem"))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"https://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


VARIABLES = ["SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"]


@pytest.mark.parametrize("variable", VARIABLES)
async def test_certificates_that_a_variable_names_are_trusted(variable: str, certificate: Path, encrypted: str) -> None:
    named = certificate.parent / "folder" if variable == "SSL_CERT_DIR" else certificate
    with pytest.raises(CallFailed, match="come in"):
        await answer("openai-chat", encrypted, {variable: str(named)})


async def test_a_certificate_that_nobody_trusts_is_said_once(encrypted: str) -> None:
    with pytest.raises(CallFailed) as caught:
        await answer("openai-chat", encrypted, {})
    assert (caught.value.failure, caught.value.retryable) == ("connection", False)
    for word in (encrypted.removeprefix("https://"), "not trusted", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"):
        assert word in caught.value.message


@pytest.mark.parametrize("variable", VARIABLES)
@pytest.mark.parametrize("what", ["missing", "no certificate", "empty folder"])
def test_certificates_that_cannot_be_used_are_named_by_their_variable(variable: str, what: str, tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    if what == "no certificate":
        path.write_text("hello")
    elif what == "empty folder":
        path.mkdir()
    with pytest.raises(RouteUnusable, match=variable) as caught:
        Route.to("https://api.example.com", {variable: str(path)})
    assert str(path) in caught.value.message
    assert "Errno" not in caught.value.message
    Route.to("http://127.0.0.1:1", {variable: str(path)})


# --- addresses and keys ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url", ["localhost:11434/v1", "api.example.com", "ftp://x", "http://", "http://[::1", "http://x:y"]
)
def test_an_address_that_is_none_is_named_by_its_variable(url: str) -> None:
    for variable, name in (("OPENAI_BASE_URL", "openai-chat/x"), ("ANTHROPIC_BASE_URL", "anthropic/x")):
        with pytest.raises(UsageError, match=variable):
            catalogue.resolve(name, {**KEYS, variable: url})


@pytest.mark.parametrize("key", ["sk-clé", "two words", "two\nlines"])
def test_a_key_that_no_header_can_carry_is_named_by_its_variable(key: str) -> None:
    apis: list[tuple[Api, str]] = [("anthropic", "ANTHROPIC_API_KEY"), ("openai-chat", "OPENAI_API_KEY")]
    for api, variable in apis:
        with pytest.raises(ProviderError, match=variable) as caught:
            connect(Model(provider="x", api=api, name="m", base_url=ELSEWHERE), {variable: key})
        assert key not in caught.value.message
        connect(Model(provider="x", api=api, name="m", base_url=ELSEWHERE), {variable: " sk-fine\r\n"})
