"""HTTP with an end, before servers that know none."""

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from spotify_scope_plugin.web import BoundedSession, TooLong, Unusable, can_connect, never_left

from .support.waiting import eventually


@contextmanager
def answering(talk: Callable[[socket.socket, bytes], None]) -> Iterator[tuple[str, list[bytes]]]:
    """Serve whatever `talk` says to each request; yields the address, and the requests that came."""
    server = socket.create_server(("127.0.0.1", 0))
    heard: list[bytes] = []

    def converse(client: socket.socket) -> None:
        with client:
            try:
                heard.append(client.recv(65536))
                talk(client, heard[-1])
            except OSError:
                pass

    def accept() -> None:
        while True:
            try:
                client, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=converse, args=(client,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}", heard
    finally:
        server.close()


def session(**bounds: Any) -> BoundedSession:
    return BoundedSession(**{"most_bytes": 100_000, "seconds": 1.0, "timeout": 0.8, **bounds})


def whole(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    rows = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join(rows).encode() + b"\r\n\r\n" + body


def test_an_answer_comes_whole() -> None:
    with answering(lambda client, _: client.sendall(whole(b'{"a": 1}'))) as (url, heard):
        assert session().get(url).json() == {"a": 1}
    assert b"User-Agent: spotify-scope-plugin/" in heard[0]


def drips_a_body(client: socket.socket, _: bytes) -> None:
    client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(100):
        client.sendall(b"x")
        time.sleep(0.2)


def drips_a_header(client: socket.socket, _: bytes) -> None:
    client.sendall(b"HTTP/1.1 200 OK\r\n")
    for _ in range(100):
        client.sendall(b"x")
        time.sleep(0.2)


def says_continue_for_ever(client: socket.socket, _: bytes) -> None:
    while True:
        client.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        time.sleep(0.01)


def says_nothing(client: socket.socket, _: bytes) -> None:
    time.sleep(5)


@pytest.mark.parametrize("talk", [drips_a_body, drips_a_header, says_continue_for_ever, says_nothing])
def test_no_server_takes_longer_than_it_may(talk: Any) -> None:
    began = time.monotonic()
    with answering(talk) as (url, _), pytest.raises(requests.Timeout):
        session().get(url)
    assert time.monotonic() - began < 1.6


def test_a_server_that_hangs_up_in_between_is_no_time_out() -> None:
    with (
        answering(lambda client, _: client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx")) as (url, _),
        pytest.raises(requests.exceptions.ChunkedEncodingError),
    ):
        session().get(url)


def test_a_long_answer_is_not_read_to_its_end() -> None:
    sent = []

    def talk(client: socket.socket, _: bytes) -> None:
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
        for _ in range(1000):
            client.sendall(b"x" * 100_000)
            sent.append(100_000)

    with answering(talk) as (url, _), pytest.raises(TooLong):
        session().get(url)
    time.sleep(0.2)
    assert sum(sent) < 20_000_000


def test_a_bomb_does_not_go_off() -> None:
    import resource

    bomb = gzip.compress(b"\0" * 300_000_000, 9)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with (
        answering(lambda client, _: client.sendall(whole(bomb, "200 OK", "Content-Encoding: gzip"))) as (url, _),
        pytest.raises(TooLong),
    ):
        session(seconds=5.0).get(url)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # KiB


class TestRedirects:
    def test_within_a_host_a_get_follows(self) -> None:
        def talk(client: socket.socket, request: bytes) -> None:
            first = b"GET /one" in request
            client.sendall(whole(b"", "302 Found", "Location: /two") if first else whole(b"there"))

        with answering(talk) as (url, _):
            assert session().get(f"{url}/one").content == b"there"
            assert session(follows_redirects=False).get(f"{url}/one").status_code == 302

    def test_none_leads_to_another_host(self) -> None:
        with answering(lambda client, _: client.sendall(whole(b"secret?"))) as (other, heard):
            target = other.replace("127.0.0.1", "localhost")

            def talk(client: socket.socket, _: bytes) -> None:
                client.sendall(whole(b"", "307 Temporary Redirect", f"Location: {target}/"))

            with answering(talk) as (url, _):
                for method in ("GET", "POST"):
                    answer = session().request(method, url, headers={"Authorization": "Bearer x"}, data={"a": "b"})
                    assert answer.status_code == 307
        assert heard == []

    def test_none_is_followed_for_ever(self) -> None:
        with (
            answering(lambda client, _: client.sendall(whole(b"", "302 Found", "Location: /again"))) as (
                url,
                heard,
            ),
            pytest.raises(requests.TooManyRedirects),
        ):
            session().get(url)
        assert len(heard) == 3


def test_a_netrc_replaces_no_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with answering(lambda client, _: client.sendall(whole(b"{}"))) as (url, heard):
        session().get(url, headers={"Authorization": "Bearer mine"})
    assert b"Authorization: Bearer mine" in heard[0]


def test_a_proxy_from_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(lambda client, _: client.sendall(whole(b"by proxy"))) as (proxy, heard):
        monkeypatch.setenv("http_proxy", proxy)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        assert session().get("http://music.example/x").content == b"by proxy"
    assert heard[0].startswith(b"GET http://music.example/x ")


@pytest.mark.parametrize("token", ["line\nbreak", "ключ"])
def test_what_no_header_can_hold_is_said(token: str) -> None:
    with answering(lambda client, _: client.sendall(whole(b"{}"))) as (url, _), pytest.raises(Unusable) as caught:
        session().get(url, headers={"Authorization": f"Bearer {token}"})
    assert not isinstance(caught.value, ValueError)
    assert token not in str(caught.value)


def test_no_thread_is_left_behind() -> None:
    with answering(lambda client, _: client.sendall(whole(b"{}"))) as (url, _):
        before = threading.active_count()
        with session(seconds=30.0) as one:
            for _ in range(20):
                one.get(url)
        eventually(lambda: threading.active_count() <= before + 1)


def test_the_judge_sees_the_whole_answer() -> None:
    seen: list[bytes] = []
    with answering(lambda client, _: client.sendall(whole(b"{}"))) as (url, _):
        session(judge=lambda response: seen.append(response.content)).get(url)
    assert seen == [b"{}"]


@pytest.mark.parametrize(
    "body", [b"[" + b"1," * 50_000 + b"1]", b"[" * 100_000, b"[" + b'{"a":1},' * 10_000 + b"{}]"], ids=len
)
def test_json_with_more_values_than_make_sense_is_not_parsed(body: bytes) -> None:
    with answering(lambda client, _: client.sendall(whole(body))) as (url, _), pytest.raises(TooLong):
        session(most_bytes=1_000_000).get(url)


def test_no_guessing_of_characters() -> None:
    """Requests would try a hundred encodings on it, for seconds."""
    body = b'["' + bytes(range(128, 256)) * 4_000 + b'"]'
    with answering(lambda client, _: client.sendall(whole(body))) as (url, _):
        answer = session(most_bytes=1_000_000).get(url)
        started = time.perf_counter()
        assert len(answer.json()) == 1
        assert time.perf_counter() - started < 0.5


def test_after_one_that_took_too_long_an_exchange_is_given_up_sooner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spotify_scope_plugin.web._TRIED_AGAIN", 0.3)
    hangs = threading.Event()
    hangs.set()

    def talk(client: socket.socket, _: bytes) -> None:
        if hangs.is_set():
            for _ in range(200):
                client.sendall(b"H")
                time.sleep(0.02)
        client.sendall(whole(b"[]"))

    with answering(talk) as (url, _):
        asking = session()
        for seconds in (1.0, 0.3, 0.3):
            started = time.monotonic()
            with pytest.raises(requests.Timeout):
                asking.get(url)
            assert time.monotonic() - started == pytest.approx(seconds, abs=0.2)
        hangs.clear()
        assert asking.get(url).json() == []


class TestCheapLook:
    def test_a_server_that_listens(self) -> None:
        with answering(lambda client, _: None) as (url, _):
            assert can_connect(f"{url}/v1/")
            assert not can_connect("http://127.0.0.1:9")
            assert not can_connect("http://no-such-host.invalid")

    def test_the_proxy_stands_for_what_is_behind_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with answering(lambda client, _: None) as (url, _):
            for proxy in (url, url.removeprefix("http://")):
                monkeypatch.setenv("HTTP_PROXY", proxy)
                monkeypatch.setenv("http_proxy", proxy)
                assert can_connect("http://music.invalid/v1/")


def test_a_proxy_that_drips_is_given_up_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def talk(client: socket.socket, _: bytes) -> None:
        for character in b"HTTP/1.1 200 Connection established" * 10:
            client.sendall(bytes([character]))
            time.sleep(0.1)

    with answering(talk) as (url, _):
        monkeypatch.setenv("HTTPS_PROXY", url)
        monkeypatch.setenv("https_proxy", url)
        started = time.monotonic()
        with pytest.raises(requests.RequestException):
            session().get("https://music.invalid/")
        assert time.monotonic() - started < 2.5


def test_an_answer_that_stops_in_the_middle_is_one_that_takes_too_long() -> None:
    over = threading.Event()

    def talk(client: socket.socket, _: bytes) -> None:
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[")
        over.wait(5)

    with answering(talk) as (url, _), pytest.raises(requests.Timeout):
        session(seconds=5.0, timeout=0.4).get(url)
    over.set()


def test_what_has_left_this_machine_is_told_from_what_has_not() -> None:
    with pytest.raises(requests.ConnectionError) as refused:
        session().get("http://127.0.0.1:9/")
    assert never_left(refused.value)
    with (
        answering(lambda client, _: client.close()) as (url, _),
        pytest.raises(requests.ConnectionError) as broken,
    ):
        session().get(url)
    assert not never_left(broken.value)


def test_a_password_in_an_address_is_shown_to_its_server() -> None:
    with answering(lambda client, _: client.sendall(whole(b"[]"))) as (url, heard):
        session().get(url.replace("//", "//me:secret@"))
    assert b"Authorization: Basic" in heard[0]
