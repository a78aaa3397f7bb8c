"""nginx in front of a studio, by the site file that deploy/ gives operators, with ports and paths of a test."""

import ipaddress
import os
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests import loopback
from tests.running_studio import EMAIL, PASSWORD, ROOT, hidden
from tests.sandbox.live import free_port
from tests.tools import tool

SITE = ROOT / "deploy" / "nginx" / "voicestudio.conf"
# What nginx.conf says around a site. As root, so that it may read this repository wherever it lies.
AROUND = """
{user}
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.error.log;
events {{ worker_connections 512; }}
http {{
    include /etc/nginx/mime.types;
    client_body_temp_path {folder}/bodies;
    proxy_temp_path {folder}/answers;
    fastcgi_temp_path {folder}/unused;
    uwsgi_temp_path {folder}/unused;
    scgi_temp_path {folder}/unused;
    include {folder}/site.conf;
}}
"""


@dataclass
class Front:
    """A running nginx. A client may come from any address of this machine's loopback network."""

    folder: Path
    studio_port: int
    port: int = field(default_factory=free_port)
    plain_port: int = field(default_factory=free_port)
    clients: list[httpx.Client] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The site's address."""
        return f"https://127.0.0.1:{self.port}"

    @cached_property
    def trust(self) -> ssl.SSLContext:
        """What makes a client believe the certificate."""
        return ssl.create_default_context(cafile=self.folder / "fullchain.pem")

    @property
    def bodies(self) -> list[Path]:
        """Bodies of requests that nginx holds on disk."""
        return [path for path in (self.folder / "bodies").rglob("*") if path.is_file()]

    def log(self, name: str = "voicestudio.log") -> str:
        """What nginx has written."""
        return (self.folder / name).read_text()

    def client(self, *, address: str = "127.0.0.1", **options: object) -> httpx.Client:
        """A browser at that address, which trusts the certificate; closed with nginx."""
        transport = httpx.HTTPTransport(verify=self.trust, local_address=address, trust_env=False)
        client = httpx.Client(base_url=self.url, transport=transport, timeout=120, **options)  # type: ignore[arg-type]
        self.clients.append(client)
        return client

    def login(self, *, address: str = "127.0.0.1", **headers: str) -> httpx.Client:
        """A browser at that address in which the admin is logged in."""
        client = self.client(address=address, headers=headers)
        typed = {"login": EMAIL, "password": PASSWORD}
        typed["csrfmiddlewaretoken"] = hidden(client.get("/accounts/login/").text, "csrfmiddlewaretoken")
        referer = {"Referer": f"{self.url}/accounts/login/"}
        answer = client.post("/accounts/login/", data=typed, headers=referer)
        assert answer.status_code == 302, answer.text
        client.headers["Referer"] = f"{self.url}/"
        return client


@contextmanager
def nginx(folder: Path, studio_port: int) -> Iterator[Front]:
    """Run nginx in front of the web server at that port."""
    front = Front(folder, studio_port)
    write_certificate(folder)
    (folder / "site.conf").write_text(rendered(front))
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(AROUND.format(user=user, folder=folder))
    command = (tool("nginx"), "-c", str(folder / "nginx.conf"), "-e", str(folder / "nginx.error.log"))
    with subprocess.Popen(command) as process:
        try:
            await_port(front.port)
            yield front
        finally:
            for client in front.clients:
                client.close()
            process.terminate()


def rendered(front: Front) -> str:
    """The site as deploy/ has it, for this machine. Each line that is changed must be there."""
    text = SITE.read_text()
    for line, ours in {
        "listen 80;": f"listen 127.0.0.1:{front.plain_port};",
        "listen 443 ssl http2;": f"listen 127.0.0.1:{front.port} ssl http2;",
        "listen [::]:80;": "",
        "listen [::]:443 ssl http2;": "",
        "server 127.0.0.1:8000;": f"server 127.0.0.1:{front.studio_port};",
        "/etc/letsencrypt/live/voices.example.com/": f"{front.folder}/",
        "/var/log/nginx/": f"{front.folder}/",
        "root /opt/voicestudio/": f"root {ROOT}/",
    }.items():
        assert line in text, line
        text = text.replace(line, ours)
    return text


def write_certificate(folder: Path) -> None:
    """Make a certificate for 127.0.0.1, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "voices.example.com")])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    (folder / "fullchain.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )


def await_port(port: int) -> None:
    """Return once something listens there."""
    limit = time.monotonic() + 30
    while time.monotonic() < limit:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise RuntimeError(f"nothing listens on port {port}")


def direct(port: int, *, address: str, **headers: str) -> httpx.Client:
    """A client at that address that goes around nginx."""
    transport = httpx.HTTPTransport(local_address=address, trust_env=False)
    return loopback.client(base_url=f"http://127.0.0.1:{port}", transport=transport, headers=headers)
