"""A certificate authority of the tests, and what it signs for servers on this machine."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path

_CONFIGURATION = """
[ca]
default_ca = own
[own]
database = index
new_certs_dir = .
serial = serial
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
"""
_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


class Authority:
    """`certificate` is its own, which clients trust."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.certificate = folder / "ca.pem"
        (folder / "own.cnf").write_text(_CONFIGURATION)
        (folder / "index").touch()
        (folder / "serial").write_text("01")
        self._openssl("req", "-x509", *_KEY, "-days", "2", "-subj", "/CN=ca", "-keyout", "ca.key", "-out", "ca.pem")

    def context(
        self, name: str, *, subject: str = "IP:127.0.0.1", years: tuple[int, int] = (2020, 2049), alpn: str = ""
    ) -> ssl.SSLContext:
        """For a server with a certificate for `subject`, valid from the one year's beginning to the other's."""
        (self._folder / f"{name}.cnf").write_text(f"subjectAltName = {subject}")
        self._openssl("req", *_KEY, "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
        first, last = (f"{year}0101000000Z" for year in years)
        signing = ("ca", "-batch", "-config", "own.cnf", "-cert", "ca.pem", "-keyfile", "ca.key", "-notext")
        dates = ("-startdate", first, "-enddate", last, "-extfile", f"{name}.cnf")
        self._openssl(*signing, *dates, "-in", f"{name}.csr", "-out", f"{name}.pem")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._folder / f"{name}.pem", self._folder / f"{name}.key")
        if alpn:
            context.set_alpn_protocols([alpn])
        return context

    def _openssl(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=self._folder, check=True, capture_output=True)
