"""A mail server and an HTTP server on this machine that keep what they receive, and misbehave on demand."""

from __future__ import annotations

import base64
import json
import socketserver
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path


class MailServer:
    """Speaks as much SMTP as smtplib needs.

    Attributes:
        mails: (sender, receiver, message) of every mail that was taken.
        answers: command -> what to answer instead, e.g. {"RCPT": "550 no such user"}.
        silent_after_data: takes the mail, and never says so.
        cut_off: hangs up in the middle of the mail.
        tls: a context; with it STARTTLS is offered.
        users: user -> password; with it AUTH is asked for.
    """

    def __init__(self, *, tls: ssl.SSLContext | None = None, wrapped: bool = False) -> None:
        self.mails: list[tuple] = []
        self.answers: dict[str, str] = {}
        self.silent_after_data = False
        self.cut_off = False
        self.tls, self.wrapped = tls, wrapped
        self.users: dict[str, str] = {}
        self.encrypted: list[bool] = []
        self.connections = 0
        outer = self

        class Talk(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                try:
                    outer.talk(self)
                except (OSError, ValueError):
                    return

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

        self.server = Server(("127.0.0.1", 0), Talk)
        self.port = self.server.server_address[1]

    def talk(self, handler) -> None:
        self.connections += 1
        sock, encrypted, sender, receiver, known = handler.connection, False, "", "", not self.users
        if self.wrapped:
            sock, encrypted = self.tls.wrap_socket(sock, server_side=True), True
        file = sock.makefile("rb")

        def say(text: str) -> None:
            sock.sendall(text.encode() + b"\r\n")

        say(self.answers.get("CONNECT", "220 here"))
        while line := file.readline():
            command = line.decode().strip()
            verb = command.split(" ")[0].upper()
            if verb in self.answers:
                say(self.answers[verb])
            elif verb == "EHLO":
                extras = ["STARTTLS"] if self.tls and not encrypted else []
                extras += ["AUTH PLAIN"] if self.users else []
                for number, text in enumerate(["here", *extras]):
                    say(f"250{' ' if number == len(extras) else '-'}{text}")
            elif verb == "STARTTLS":
                say("220 go on")
                sock, encrypted = self.tls.wrap_socket(sock, server_side=True), True
                file = sock.makefile("rb")
            elif verb == "AUTH":
                _, user, password = base64.b64decode(command.split(" ")[2]).decode().split("\0")
                known = self.users.get(user) == password
                say("235 welcome" if known else f"535 5.7.8 {user}: wrong {password}")
            elif verb == "MAIL":
                sender = command
                say("250 fine" if known else "530 log in first")
            elif verb == "RCPT":
                receiver = command[command.index("<") + 1 : command.index(">")]
                say("250 fine")
            elif verb == "DATA":
                say("354 go on")
                if self.cut_off:
                    return
                lines = []
                while (text := file.readline()) not in (b".\r\n", b""):
                    lines.append(text[1:] if text.startswith(b"..") else text)
                self.mails.append(
                    (sender, receiver, message_from_bytes(b"".join(lines), policy=policy.default))
                )
                self.encrypted.append(encrypted)
                if self.silent_after_data:
                    time.sleep(3)
                    return
                say(self.answers.get("TAKEN", "250 taken"))
            elif verb == "QUIT":
                say("221 bye")
                return
            else:
                say("250 fine")


class HttpServer:
    """Keeps every POST.

    Attributes:
        posts: (path with query, headers, payload) of every POST.
        answers: what to answer next, as (status, body); the last one stays. Status 0: no answer at all.
    """

    def __init__(self, *, tls: ssl.SSLContext | None = None) -> None:
        self.posts: list[tuple] = []
        self.answers: list[tuple[int, object]] = [(200, {"errcode": 0, "errmsg": "ok", "code": 0})]
        outer = self

        class Talk(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.posts.append((self.path, dict(self.headers), json.loads(body)))
                status, answer = outer.answers.pop(0) if len(outer.answers) > 1 else outer.answers[0]
                if status == 0:
                    time.sleep(3)
                    return
                content = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", f"http://127.0.0.1:{outer.port}/elsewhere")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def do_GET(self) -> None:
                outer.posts.append((self.path, dict(self.headers), "GET"))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                return

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: object) -> None:
                return

        self.server = Server(("127.0.0.1", 0), Talk)
        if tls:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self.port}"


@contextmanager
def running(server: MailServer | HttpServer) -> Iterator:
    """Serve in the background until the block ends."""
    thread = threading.Thread(target=server.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.server.shutdown()
        server.server.server_close()


def certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's context for 127.0.0.1, signed by itself, and the file that makes it trusted."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    trust, private = folder / "trust.pem", folder / "key.pem"
    trust.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(trust, private)
    return context, trust
