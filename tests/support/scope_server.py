"""Scope's HTTP API on 127.0.0.1, as far as a driver uses it, and its OSC: written from what the host does."""

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from pythonosc.osc_message import OscMessage


@dataclass
class ScopeServer:
    """What the server knows, and how it misbehaves; change it while it runs."""

    port: int = 0
    session: str | None = "headless"
    version: str = "0.2.4"
    status: int = 0  # instead of every right answer
    body: bytes = b"{}"
    has_session_api: bool = True
    load_fails: str = ""
    delay: float = 0.0
    requests: list[tuple[float, str, str]] = field(default_factory=list)
    parameters: list[tuple[float, dict[str, Any]]] = field(default_factory=list)
    loaded: dict[str, Any] | None = None
    started: dict[str, Any] | None = None
    osc: list[tuple[float, str, Any]] = field(default_factory=list)
    began_at: float = field(default_factory=time.monotonic)
    _looks: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def texts(self) -> list[str]:
        return [each["prompts"][0]["text"] for _, each in self.parameters if "prompts" in each]

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:  # noqa: PLR0911 - an address each
        if path == "/health":
            return 200, {"status": "healthy", "version": self.version}
        if path.startswith("/api/v1/session/") and not self.has_session_api:
            return 404, {"detail": "Not Found"}
        if path == "/api/v1/session/metrics":
            age = time.monotonic() - self.began_at
            stats = {"fps_out": 9.9, "pipeline_fps": 10.1, "elapsed_seconds": age}
            return 200, {"sessions": {self.session: stats} if self.session else {}, "gpu": {}}
        if path == "/api/v1/session/parameters" and method == "POST":
            if not isinstance(body, dict) or not body:
                return 400, {"detail": "No parameters provided"}
            steps = body.get("transition", {}).get("num_steps", 4)
            if not isinstance(steps, int) or steps < 0:
                return 422, {"detail": [{"msg": "num_steps"}]}
            if self.session:
                self.parameters.append((time.monotonic(), body))
            return 200, {"status": "ok", "applied_parameters": body}
        if path == "/api/v1/pipeline/load":
            self.loaded = body
            return 200, {"message": "Pipeline loading initiated"}
        if path == "/api/v1/pipeline/status":
            self._looks += 1
            if self.load_fails:
                return 200, {"status": "error", "error": self.load_fails}
            return 200, {"status": "loaded" if self._looks > 1 else "loading"}
        if path == "/api/v1/session/start":
            self.started, self.session = body, "headless"
            return 200, {"status": "ok"}
        if path == "/api/v1/session/stop":
            self.session = None
            return 200, {"status": "ok"}
        return 404, {"detail": "Not Found"}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: "_Server"

    def do_GET(self) -> None:
        self._answer("GET", None)

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self._answer("POST", json.loads(content) if content else None)

    def _answer(self, method: str, body: Any) -> None:
        scope = self.server.scope
        time.sleep(scope.delay / 2)
        scope.requests.append((time.monotonic(), method, self.path))
        if scope.status:
            status, content = scope.status, scope.body
        else:
            status, answer = scope.answer(method, self.path, body)
            content = json.dumps(answer).encode()
        time.sleep(scope.delay / 2)
        try:
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            if 300 <= status < 400:
                self.send_header("Location", "https://login.example/")
            self.end_headers()
            self.wfile.write(content)
        except OSError:
            pass

    def log_message(self, *_: Any) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, scope: ScopeServer) -> None:
        super().__init__(("127.0.0.1", scope.port), _Handler)
        self.scope = scope
        self.open: list[socket.socket] = []

    def get_request(self) -> Any:
        request = super().get_request()
        self.open.append(request[0])
        return request

    def hang_up(self) -> None:
        for each in self.open:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


@contextmanager
def serving_scope(scope: ScopeServer) -> Iterator[ScopeServer]:
    """Serve HTTP, and OSC on the UDP port of the same number, until the end of the block."""
    server = _Server(scope)
    scope.port = server.server_port
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("127.0.0.1", scope.port))

    def hear() -> None:
        while True:
            try:
                datagram = udp.recv(65536)
            except OSError:
                return
            if not datagram:
                return
            message = OscMessage(datagram)
            scope.osc.append((time.monotonic(), message.address, message.params[0]))

    for work in (lambda: server.serve_forever(poll_interval=0.05), hear):
        threading.Thread(target=work, daemon=True).start()
    try:
        yield scope
    finally:
        server.shutdown()
        server.server_close()
        server.hang_up()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as goodbye:
            goodbye.sendto(b"", ("127.0.0.1", scope.port))
        udp.close()
