"""A real TLS server on this machine that plays a vendor's system, well or badly.

Belongs here: sockets, certificates, faults. Does not belong here: what a vendor answers (`woocommerce`, `typeform`).
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes = b""
    query_text: str = ""


@dataclass
class Answer:
    """What is sent back."""

    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def bytes(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


class System:
    """A vendor's system: state, and answers. `faults` are used up one by one, each by one request."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.asked: list[Asked] = []
        self.skew = dt.timedelta()
        self.lock = threading.RLock()
        self.fixed_now: dt.datetime | None = None

    def now(self) -> dt.datetime:
        """The system's clock, which may be wrong, to the second."""
        return ((self.fixed_now or dt.datetime.now(dt.UTC)) + self.skew).replace(microsecond=0)

    def answer(self, asked: Asked) -> Answer:
        raise NotImplementedError

    def truth(self) -> dict[str, dict[str, Any]]:
        """What the lake should hold, by table and id."""
        raise NotImplementedError


Fault = Callable[["_Handler", Answer], None]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        headers = {name.title(): value for name, value in self.headers.items()}  # proxies write them in lower case
        asked = Asked(self.command, parts.path, query, headers, self.rfile.read(length), parts.query)
        system = self.server.system
        with system.lock:
            system.asked.append(asked)
            fault = system.faults.pop(0) if system.faults else None
            answer = system.answer(asked)
        (fault or send)(self, answer)

    do_POST = do_GET

    def date_time_string(self, timestamp: float | None = None) -> str:
        return format_datetime(self.server.system.now(), usegmt=True)

    def log_message(self, format: str, *args: Any) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    system: System

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass


def send(handler: _Handler, answer: Answer, length: int | None = None) -> None:
    body = answer.bytes
    handler.send_response(answer.status)
    for name, value in {"Content-Type": "application/json", **answer.headers}.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body) if length is None else length))
    handler.end_headers()
    handler.wfile.write(body)


def status(code: int, body: Any = None, **headers: str) -> Fault:
    """Answer with a status in the place of data."""

    def fault(handler: _Handler, answer: Answer) -> None:
        send(
            handler,
            Answer(body or {"code": "x", "message": "x"}, code, {k.replace("_", "-"): v for k, v in headers.items()}),
        )

    return fault


def html(handler: _Handler, answer: Answer) -> None:
    send(handler, Answer(b"<!DOCTYPE html><html><body>Maintenance</body></html>", 200, {"Content-Type": "text/html"}))


def cut_body(handler: _Handler, answer: Answer) -> None:
    """Send half of what was announced, and close."""
    body = answer.bytes
    send(handler, Answer(body[: len(body) // 2], headers=answer.headers), len(body))
    handler.close_connection = True


def cut_json(handler: _Handler, answer: Answer) -> None:
    """Send half of the JSON as if it were all."""
    body = answer.bytes
    send(handler, Answer(body[: max(1, len(body) // 2)], headers=answer.headers))


def reset(handler: _Handler, answer: Answer) -> None:
    """Reset the connection in the middle of the body."""
    body = answer.bytes
    send(handler, Answer(body[: len(body) // 2], headers=answer.headers), len(body))
    handler.wfile.flush()
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    socket.socket.close(handler.connection)
    handler.close_connection = True


def silent(handler: _Handler, answer: Answer) -> None:
    """Never answer."""
    time.sleep(3)
    handler.close_connection = True


def dripping(handler: _Handler, answer: Answer) -> None:
    """Send the body a byte at a time."""
    body = answer.bytes
    send(handler, Answer(b"", headers=answer.headers), len(body))
    try:
        for position in range(len(body)):
            handler.wfile.write(body[position : position + 1])
            time.sleep(0.02)
    except OSError:
        handler.close_connection = True


@contextmanager
def serving(system: System, folder: Path) -> Iterator[str]:
    """Serve the system over TLS on a free port, and yield its address. `folder` is given by `certificate`."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.system = system
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def certificate(folder: Path) -> Path:
    """Write an authority of our own making (`ca.pem`) and a server's certificate, and return the authority's file."""
    folder.mkdir(parents=True, exist_ok=True)
    authority, server = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    ends = x509.SubjectKeyIdentifier.from_public_key(authority.public_key())
    own = (
        _builder(name, name, authority.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(ends, critical=False)
        .sign(authority, hashes.SHA256())
    )
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    signed = (
        _builder(name, subject, server.public_key())
        .add_extension(address, critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(ends), critical=False)
        .sign(authority, hashes.SHA256())
    )
    (folder / "ca.pem").write_bytes(own.public_bytes(serialization.Encoding.PEM))
    (folder / "server.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    kind, none = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "server.key").write_bytes(server.private_bytes(serialization.Encoding.PEM, kind, none))
    return folder / "ca.pem"


def _builder(issuer: x509.Name, subject: x509.Name, key: Any) -> x509.CertificateBuilder:
    begins = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    return (
        x509.CertificateBuilder()
        .issuer_name(issuer)
        .subject_name(subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + dt.timedelta(days=30))
    )
