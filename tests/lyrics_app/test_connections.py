"""Connections that say nothing, or never read: bounded in number and time.

httptools is installed where these run: uvicorn would choose it, and the page does not.
"""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lyrics_app import connections as connections_module
from lyrics_app.connections import Connections, most_connections

from ..support.page import Page, serving
from ..support.waiting import eventually


@pytest.fixture
def page(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    monkeypatch.setattr("lyrics_app.running.most_connections", lambda: 40)
    monkeypatch.setattr(connections_module, "HEAD_SECONDS", 1.0)
    with serving() as page:
        yield page


def opened(page: Page, count: int, say: bytes = b"") -> list[socket.socket]:
    sockets = [socket.create_connection(("127.0.0.1", page.port), timeout=15) for _ in range(count)]
    for each in sockets:
        with contextlib.suppress(OSError):
            each.sendall(say)
    return sockets


def said_to(connection: socket.socket) -> bytes:
    """Return all that comes until the end."""
    heard = b""
    with contextlib.suppress(ConnectionResetError):
        while part := connection.recv(65536):
            heard += part
    return heard


HEAD = "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"


def test_a_thousand_that_say_nothing_use_up_no_files(page: Page) -> None:
    files = len(list(Path("/proc/self/fd").iterdir())) if Path("/proc/self/fd").exists() else 0
    sockets = opened(page, 400)
    answers = [said_to(each) for each in sockets[100:]]
    assert sum(b"503" in answer for answer in answers) >= 250
    if files:
        assert len(list(Path("/proc/self/fd").iterdir())) - files - len(sockets) <= 65
    for each in sockets:
        each.close()
    assert eventually(lambda: page.get("/healthz").status_code == 200)


@pytest.mark.parametrize("say", ["", "GET /", HEAD], ids=["nothing", "a beginning", "no end"])
def test_a_head_that_does_not_come_ends_the_connection(page: Page, say: str) -> None:
    [connection] = opened(page, 1, say.format(port=page.port).encode())
    began_at = time.monotonic()
    assert said_to(connection) == b""
    assert 0.5 <= time.monotonic() - began_at <= 2.5


def test_a_second_head_that_drips_ends_it_too(page: Page) -> None:
    head = HEAD.format(port=page.port).encode()
    [connection] = opened(page, 1, head + b"\r\n")
    assert b"200 OK" in connection.recv(65536)
    began_at = time.monotonic()
    with contextlib.suppress(OSError):
        for place in range(len(head)):
            connection.sendall(head[place : place + 1])
            time.sleep(0.1)
            if time.monotonic() - began_at > 4:
                break
    assert time.monotonic() - began_at < 3.5


def test_an_answer_in_time_is_left_alone(page: Page) -> None:
    head = f"GET /api/events HTTP/1.1\r\nHost: 127.0.0.1:{page.port}\r\n\r\n"
    [connection] = opened(page, 1, head.encode())
    connection.settimeout(15)
    time.sleep(1.5)  # longer than a head may take
    heard = b""
    ends_at = time.monotonic() + 12
    while b"heartbeat" not in heard and time.monotonic() < ends_at:
        heard += connection.recv(65536)
    assert b"heartbeat" in heard


def test_who_never_reads_is_given_up(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections_module, "STUCK_SECONDS", 0.5)
    with serving() as page:
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", page.port))
        head = f"GET /static/style.css HTTP/1.1\r\nHost: 127.0.0.1:{page.port}\r\n\r\n".encode()
        ended = threading.Event()

        def ask() -> None:
            try:
                while True:
                    connection.sendall(head)
            except OSError:
                ended.set()

        threading.Thread(target=ask, daemon=True).start()
        assert ended.wait(15)
        assert page.get("/healthz").status_code == 200


def test_answers_are_not_held_back(page: Page) -> None:
    """Without TCP_NODELAY, the second half of an answer waits for 40 ms."""
    import requests

    with requests.Session() as session:
        session.get(f"{page.url}/api/time")
        times = []
        for _ in range(20):
            began_at = time.perf_counter()
            session.get(f"{page.url}/api/time")
            times.append(time.perf_counter() - began_at)
    assert sorted(times)[10] < 0.03


def test_strangers_who_speak_something_else_write_no_log(page: Page, caplog: pytest.LogCaptureFixture) -> None:
    for say in (b"\x16\x03\x01\x02\x00\x01", b"GET / HTTP/9.9\r\nHost: 127.0.0.1\r\n\r\n", b"\r\n\r\nNO\r\n\r\n"):
        for connection in opened(page, 5, say):
            said_to(connection)
    upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    for connection in opened(page, 5, (HEAD.format(port=page.port) + upgrade).encode()):
        connection.recv(65536)
    assert [record.getMessage() for record in caplog.records] == []


def test_one_address_has_a_share_and_this_machine_always_a_place() -> None:
    connections = Connections(16)
    assert [connections.admit("10.0.0.1") for _ in range(3)] == [True, True, False]
    assert all(connections.admit(f"10.0.1.{number}") for number in range(14))
    assert not connections.admit("10.0.0.2")
    assert connections.admit("127.0.0.1", is_proxy=True)
    connections.leave("10.0.0.1")
    connections.leave("10.0.1.1")
    assert connections.admit("10.0.0.3")


def test_a_question_with_a_body_is_refused(page: Page) -> None:
    """An event stream would read it for ever."""
    head = (
        f"GET /api/events HTTP/1.1\r\nHost: 127.0.0.1:{page.port}\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n"
    )
    [connection] = opened(page, 1, head.encode())
    assert b" 400 " in said_to(connection)


def test_there_are_far_fewer_than_files() -> None:
    resource = pytest.importorskip("resource")
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert 100 <= most_connections() <= max(100, soft // 2 if soft > 0 else 4000)
