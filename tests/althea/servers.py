"""Servers on this machine that do to a client what a test says, byte by byte, and remember what they were sent."""

import asyncio
import hashlib
import ipaddress
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.althea.cast import KEY
from voices.althea import AltheaClient, new_http
from voices.kit.secret import Secret


@dataclass
class Received:
    """One request as it came over the wire; its body is counted and hashed, not kept."""

    head: str
    size: int = 0
    digest: Any = field(default_factory=hashlib.sha256)

    @property
    def line(self) -> str:
        return self.head.split("\r\n", 1)[0]

    def header(self, name: str) -> str | None:
        lines = [line.partition(":") for line in self.head.split("\r\n")[1:]]
        return next((value.strip() for key, _, value in lines if key.lower() == name.lower()), None)


Script = Callable[[Received, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Server:
    """A running server: where it is, and what it received."""

    script: Script
    origin: str = ""
    received: list[Received] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take requests and act the script on each until the connection ends."""
        try:
            while not writer.is_closing():
                received = await self._receive(reader)
                await self.script(received, writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, OSError):
            pass  # the client has left, as it may
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _receive(self, reader: asyncio.StreamReader) -> Received:
        received = Received(head=(await reader.readuntil(b"\r\n\r\n")).decode("latin-1"))
        self.received.append(received)
        left = int(received.header("Content-Length") or 0)
        while left:
            piece = await reader.read(min(left, 65_536))
            if not piece:
                raise asyncio.IncompleteReadError(b"", left)
            received.digest.update(piece)
            received.size += len(piece)
            left -= len(piece)
        return received


@asynccontextmanager
async def server(
    script: Script, *, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> AsyncIterator[Server]:
    """Run a server that acts the script; it is gone at the end, with every connection to it."""
    running = Server(script=script)
    writers: list[asyncio.StreamWriter] = []
    tasks: list[asyncio.Task[None]] = []

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        tasks.append(asyncio.get_running_loop().create_task(running.serve(reader, writer)))

    listening = await asyncio.start_server(accept, host, 0, ssl=tls)
    running.origin = f"{'https' if tls else 'http'}://{host}:{listening.sockets[0].getsockname()[1]}"
    try:
        yield running
    finally:
        listening.close()
        await asyncio.sleep(0.001)  # connections that were just accepted come in, to be closed as well
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for writer in writers:
            writer.transport.abort()


def answer(status: int, body: bytes = b"", **headers: str) -> bytes:
    """Write out an answer with its length."""
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def saying(content: bytes) -> Script:
    """Make a script that writes the same bytes to every request."""

    async def script(received: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(content)

    return script


@asynccontextmanager
async def real_client(base_url: str, **changes: Any) -> AsyncIterator[AltheaClient]:
    """Open a client over real sockets; `tls` is the context that it trusts."""
    tls = changes.pop("tls", None)
    transport = httpx.AsyncHTTPTransport(verify=tls) if tls else None
    async with new_http(transport=transport) as http:
        yield AltheaClient(http=http, base_url=base_url, key=Secret(KEY), **changes)


def certificate(folder: Path, *names: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Make a certificate for the names; return the server's context and one of a client that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    whose = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(whose)
        .issuer_name(whose)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([_named(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
    serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    serving.load_cert_chain(path)
    return serving, ssl.create_default_context(cafile=str(path))


def _named(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
