"""The way to a model's server: the proxy and the certificates that the environment names for it.

What makes a connection impossible before it is tried is found here, and told with the variable it comes from. The
variables are read from the environment that is given, so those of the settings count, too.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit

from msgspec import Struct

from claw._native import Certificates
from claw.errors import ProviderError, RouteUnusable

LOOPBACK = ("127.0.0.1", "::1", "localhost")
CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""The first that is set names the certificates to trust instead of the system's."""
EXTRA_CERTIFICATES = "NODE_EXTRA_CA_CERTS"
"""Names a file of certificates to trust besides."""

_SCHEMES = {"http": "http", "https": "https", "socks5": "socks5", "socks5h": "socks5h", "socks": "socks5h"}
"""`socks://` is how desktops write it."""
_PORTS = {"http": 80, "https": 443}


class Proxy(Struct, frozen=True):
    """`url` may hold a password; `variable` is where it comes from."""

    url: str
    variable: str

    @property
    def shown(self) -> str:
        """Without the password."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


class Route(Struct, frozen=True):
    """The way to the one server at `base_url`; `trusted` is None where nothing on it is encrypted."""

    base_url: str = ""
    proxy: Proxy | None = None
    trusted: Certificates | None = None

    @classmethod
    def to(cls, base_url: str, environment: Mapping[str, str]) -> Route:
        """As the environment says. Nothing stands before a plain server on this machine, and no certificates are
        loaded for one. Raises RouteUnusable for a proxy or certificates that cannot be used.
        """
        url = urlsplit(base_url)
        proxy = None if url.scheme == "http" and url.hostname in LOOPBACK else proxy_for(base_url, environment)
        encrypted = url.scheme == "https" or (proxy is not None and proxy.url.startswith("https:"))
        return cls(base_url, proxy, trust(environment) if encrypted else None)

    def explain(self, reason: str, *, untrusted: bool) -> tuple[str, bool]:
        """Why there is no connection, in one sentence, and whether another try may find one."""
        through = f" through the proxy {self.proxy.shown} of {self.proxy.variable}" if self.proxy else ""
        address = urlsplit(self.base_url).netloc.rpartition("@")[2] or "the provider"
        if untrusted:
            return (
                f"The certificate of {address}{through} is not trusted: {reason}. "
                f"SSL_CERT_FILE can name the certificates to trust, {EXTRA_CERTIFICATES} some more.",
                False,
            )
        return f"The connection to {address}{through} failed: {reason}", True

    def unusable(self, why: str) -> RouteUnusable:
        """What no transport can go by."""
        return (
            _unusable(self.proxy.variable, why) if self.proxy else RouteUnusable(f"There is no way to a server: {why}.")
        )


def proxy_for(base_url: str, environment: Mapping[str, str]) -> Proxy | None:
    """The proxy that the environment names for this address. Raises RouteUnusable for one that cannot be used."""
    url = urlsplit(base_url)
    if any(_excepts(item, url) for item in re.split(r"[,\s]+", _value(environment, "no_proxy")[1].lower())):
        return None
    variable, value = _value(environment, f"{url.scheme}_proxy")
    if not value:
        variable, value = _value(environment, "all_proxy")
    return Proxy(_proxy_url(variable, value), variable) if value else None


def trust(environment: Mapping[str, str]) -> Certificates:
    """The certificates to trust: those that a variable names, else the system's, and those that are named besides.

    Raises RouteUnusable for a file or folder that is not there or holds none.
    """
    certificates = Certificates()
    variable = next((name for name in CERTIFICATES if environment.get(name)), "")
    if variable:
        _load(certificates, variable, environment[variable])
    else:
        certificates.add_system()
    if environment.get(EXTRA_CERTIFICATES):
        _load(certificates, EXTRA_CERTIFICATES, environment[EXTRA_CERTIFICATES])
    return certificates


def _load(certificates: Certificates, variable: str, value: str) -> None:
    for path in [value] if os.path.exists(value) else value.split(os.pathsep):
        try:
            what = "" if certificates.add(path) else "no certificates in it"
        except OSError as error:
            what = error.strerror or "it cannot be read"
        if what:
            raise RouteUnusable(
                f"{variable} names {path} for the certificates to trust, which cannot be used: {what}.",
                hint=f"unset {variable}, or let it name a PEM file",
            )


def _value(environment: Mapping[str, str], name: str) -> tuple[str, str]:
    """(variable, value): in lower case, as curl and others look first, or in upper case."""
    for variable in (name, name.upper()):
        value = environment.get(variable, "").strip()
        if value:
            return variable, value
    return name, ""


def _proxy_url(variable: str, value: str) -> str:
    scheme, separator, rest = value.partition("://")
    if not separator:
        scheme, rest = "http", value
    known = _SCHEMES.get(scheme.lower())
    if known is None:
        raise _unusable(variable, f"claw does not speak {scheme}://")
    try:
        parts = urlsplit(f"{known}://{rest}")
        whole = bool(parts.hostname) and (parts.port or 1) > 0 and len(rest.split()) == 1
    except ValueError:
        whole = False
    if not whole:
        raise _unusable(variable, "it holds no host and port")
    return f"{known}://{rest}"


def _unusable(variable: str, why: str) -> RouteUnusable:
    return RouteUnusable(
        f"{variable} names a proxy that cannot be used: {why}.",
        hint=f"export {variable}=http://HOST:PORT, or socks5h://HOST:PORT; or unset it",
    )


def _excepts(item: str, url: SplitResult) -> bool:
    """Whether an item of NO_PROXY is about this address. As in curl it is a name, for all that ends with it, an address
    or a network, each with a port or without; as in httpx it is a URL, for its scheme (`all`: any) and just its host.
    """
    scheme, is_url, rest = item.rpartition("://")
    place = rest.partition("/")[0] if is_url else rest
    if is_url and scheme not in ("all", url.scheme):
        return False
    name, port = _host_and_port(place.rpartition("@")[2])
    if port and port != (url.port or _PORTS.get(url.scheme)):
        return False
    if name == "*" or (is_url and not name):
        return True
    host = (url.hostname or "").rstrip(".")
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        if is_url and not name.startswith("*"):
            return host == name
        below = name.removeprefix("*").lstrip(".")
        itself = host == below and not (is_url and name.startswith("*."))
        return bool(below) and (itself or host.endswith(f".{below}"))
    try:
        return address in ipaddress.ip_network(name, strict=False)
    except ValueError:
        return False


def _host_and_port(place: str) -> tuple[str, int | None]:
    """Without brackets and a full stop at its end."""
    found = re.fullmatch(r"(\[.*\]|[^:]*):(\d{1,5})", place)
    name, port = (found[1], int(found[2])) if found else (place, None)
    return name.strip("[]").rstrip("."), port


def key_of(variable: str, environment: Mapping[str, str]) -> str:
    """The key that a variable holds, without blanks and line ends around it; empty where there is none.

    Raises ProviderError for one that no header can carry.
    """
    key = environment.get(variable, "").strip()
    if any(not "!" <= char <= "~" for char in key):
        raise ProviderError(
            f"{variable} holds something that no key has: a blank, a line break or a letter beyond ASCII.",
            hint=f"export {variable}=… again",
        )
    return key
