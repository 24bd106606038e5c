"""The login from the page, over real HTTP against the loopback login server."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.requests import Request

from lyrics_app.access import Access
from lyrics_app.connect import Connect
from lyrics_app.state import State
from spotify_scope_plugin import settings as environment

from ..conftest import save_token
from ..support.music_service import Fault, MusicService, Song
from ..support.page import Page, serving
from ..support.waiting import eventually

TOKEN = "kw7f-p3mz-9hqd-x2ua"
DEFAULT_REDIRECT = "http://127.0.0.1:8888/callback"


@pytest.fixture
def page(environ: dict[str, str]) -> Iterator[Page]:
    with serving() as page:
        yield page


def begin(page: Page, **options: object) -> tuple[str, dict[str, object]]:
    """Begin a login; returns its state and the answer."""
    answer = page.request("POST", "/api/login", **options)
    assert answer.status_code == 200, answer.text
    return parse_qs(urlsplit(answer.json()["authorize_url"]).query)["state"][0], answer.json()


def finish(page: Page, pasted: str) -> tuple[int, str]:
    answer = page.request("POST", "/api/login/finish", json={"pasted": pasted})
    body = answer.json()
    return answer.status_code, body.get("message") or body["detail"]


def test_a_pasted_address_logs_in(service: MusicService, page: Page, home: Path) -> None:
    service.play(Song("Song", "Artist"))
    assert page.get("/api/login").json() == {"offered": True, "why_not": ""}
    state, attempt = begin(page)
    assert not attempt["completes_itself"]
    assert attempt["redirect_uri"] == DEFAULT_REDIRECT
    status, message = finish(page, f"  {DEFAULT_REDIRECT}?code={service.authorize()}&amp;state={state}\n")
    assert status == 200, message
    assert (home / ".spotify_token_cache").exists()
    eventually(lambda: page.get("/api/now").json()["state"] == "ok")


def test_wrong_pastes_get_a_sentence_and_another_try(service: MusicService, page: Page) -> None:
    state, attempt = begin(page)
    for pasted, words in [
        ("", "Nothing was pasted"),
        ("hello", "Paste the whole address"),
        ("hello " * 2000, "Paste the whole address"),
        (service.authorize(), "Paste the whole address"),  # a bare code has no state that could be checked
        (str(attempt["authorize_url"]), "address of Spotify's login"),
        (f"{DEFAULT_REDIRECT}?error=access_denied&state={state}", "not allowed"),
        (f"{DEFAULT_REDIRECT}?code=x", "state is missing"),
        (f"{DEFAULT_REDIRECT}?code=x&state=guess", "another login attempt"),
    ]:
        status, message = finish(page, pasted)
        assert status == 400
        assert words in message
    status, _ = finish(page, f"{DEFAULT_REDIRECT}?code={service.authorize()}&state={state}")
    assert status == 200


def test_a_state_works_once(service: MusicService, page: Page) -> None:
    state, _ = begin(page)
    assert finish(page, f"{DEFAULT_REDIRECT}?code={service.authorize()}&state={state}")[0] == 200
    status, message = finish(page, f"{DEFAULT_REDIRECT}?code={service.authorize()}&state={state}")
    assert (status, "another login attempt" in message) == (400, True)


def test_a_state_is_used_up_even_when_spotify_fails(service: MusicService, page: Page) -> None:
    state, _ = begin(page)
    service.faults["/api/token"] = [Fault(503)]
    pasted = f"{DEFAULT_REDIRECT}?code={service.authorize()}&state={state}"
    assert "problem" in finish(page, pasted)[1]
    assert "another login attempt" in finish(page, pasted)[1]


def test_of_two_viewers_at_once_the_first_login_stays(service: MusicService, page: Page, home: Path) -> None:
    (first, _), (second, _) = begin(page), begin(page)
    assert finish(page, f"{DEFAULT_REDIRECT}?code={service.authorize()}&state={second}")[0] == 200
    saved = (home / ".spotify_token_cache").read_bytes()
    status, message = finish(page, f"{DEFAULT_REDIRECT}?code={service.authorize()}&state={first}")
    assert (status, "logged in meanwhile" in message) == (400, True)
    assert (home / ".spotify_token_cache").read_bytes() == saved


class TestOneBrowser:
    """An attempt belongs to the browser that began it."""

    @pytest.fixture
    def guarded(self, environ: dict[str, str], unused_port: int) -> Iterator[Page]:
        redirect = f"http://127.0.0.1:{unused_port}/callback"
        with serving(lyrics_app_port=unused_port, redirect_uri=redirect, lyrics_app_token=TOKEN) as page:
            yield page

    def begun(self, page: Page) -> tuple[str, Any]:
        answer = page.request("POST", "/api/login", params={"token": TOKEN})
        cookie = answer.headers["Set-Cookie"]
        assert all(part in cookie for part in ("HttpOnly", "SameSite=lax", "Max-Age=900"))
        return parse_qs(urlsplit(answer.json()["authorize_url"]).query)["state"][0], answer.cookies

    def test_it_completes_and_lets_that_browser_in(self, service: MusicService, guarded: Page, home: Path) -> None:
        state, cookies = self.begun(guarded)
        answer = guarded.get(f"/callback?code={service.authorize()}&state={state}", cookies=cookies)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/")
        assert guarded.get("/", cookies=answer.cookies).status_code == 200
        assert (home / ".spotify_token_cache").exists()

    def test_another_one_from_elsewhere_completes_nothing(
        self, service: MusicService, guarded: Page, home: Path
    ) -> None:
        state, cookies = self.begun(guarded)
        elsewhere = {"X-Forwarded-For": "192.168.1.99"}
        way_back = f"/callback?code={service.authorize()}&state={state}"
        for wrong in (None, {"spotify_scope_login": "x" * 43}, {"spotify_scope_login": "\xe4"}):
            answer = guarded.get(way_back, headers=elsewhere, cookies=wrong)
            assert answer.status_code == 400
            assert "another browser" in answer.text
            assert "Set-Cookie" not in answer.headers
        assert not (home / ".spotify_token_cache").exists()
        assert guarded.get(way_back, headers=elsewhere, cookies=cookies).status_code == 303  # not used up

    def test_at_the_machine_itself_it_completes_but_opens_no_door(
        self, service: MusicService, guarded: Page, home: Path
    ) -> None:
        state, _ = self.begun(guarded)  # as localhost, and Spotify leads back to 127.0.0.1
        answer = guarded.get(f"/callback?code={service.authorize()}&state={state}")
        assert (answer.status_code, answer.headers["Location"]) == (303, "/")
        assert "Set-Cookie" not in answer.headers
        assert (home / ".spotify_token_cache").exists()

    def test_one_that_took_long_overwrites_nothing(self, service: MusicService, guarded: Page, home: Path) -> None:
        first, second = self.begun(guarded), self.begun(guarded)
        service.delay = 1.0

        def complete(begun: tuple[str, Any]) -> int:
            way_back = f"/callback?code={service.authorize()}&state={begun[0]}"
            return guarded.get(way_back, cookies=begun[1]).status_code

        with ThreadPoolExecutor(2) as pool:
            slow = pool.submit(complete, first)
            eventually(lambda: service.count("/api/token") == 1)
            service.delay = 0.0
            assert complete(second) == 303
            saved = (home / ".spotify_token_cache").read_bytes()
            assert slow.result() == 400
        assert (home / ".spotify_token_cache").read_bytes() == saved

    def test_an_attempt_from_before_a_login_in_the_terminal_changes_nothing(
        self, service: MusicService, guarded: Page, home: Path
    ) -> None:
        state, cookies = self.begun(guarded)
        token = save_token(home, service.grant())
        before = token.read_bytes()
        answer = guarded.get(f"/callback?code={service.authorize()}&state={state}", cookies=cookies)
        assert answer.status_code == 400
        assert token.read_bytes() == before


def test_with_pkce_too(service: MusicService, environ: dict[str, str], home: Path) -> None:
    with serving(client_secret="") as page:
        state, _ = begin(page)
        assert finish(page, f"{DEFAULT_REDIRECT}?code={service.authorize()}&state={state}")[0] == 200
    assert (home / ".spotify_token_cache").exists()


class TestCallback:
    @pytest.fixture
    def page(self, environ: dict[str, str], unused_port: int) -> Iterator[Page]:
        redirect = f"http://127.0.0.1:{unused_port}/callback"
        with serving(lyrics_app_port=unused_port, redirect_uri=redirect) as page:
            yield page

    def test_it_completes_by_itself(self, service: MusicService, page: Page, home: Path) -> None:
        state, attempt = begin(page)
        assert attempt["completes_itself"]
        answer = page.get(f"/callback?code={service.authorize()}&state={state}")
        assert (answer.status_code, answer.headers["Location"]) == (303, "/")
        assert (home / ".spotify_token_cache").exists()
        again = page.get(f"/callback?code={service.authorize()}&state={state}")
        assert again.status_code == 400

    def test_also_when_the_browser_says_localhost(self, page: Page) -> None:
        assert begin(page, headers={"Host": f"localhost:{page.port}"})[1]["completes_itself"]

    def test_a_wrong_way_back_gets_a_page(self, page: Page) -> None:
        answer = page.get("/callback?code=x&state=%3Cscript%3E", headers={"Accept": "text/html"})
        assert answer.status_code == 400
        assert "another login attempt" in answer.text
        assert "<script>" not in answer.text
        denied = page.get(f"/callback?error=%3Cscript%3Ealert&state={begin(page)[0]}")
        assert "<script>" not in denied.text


class TestWhoMay:
    @pytest.mark.parametrize(
        "headers",
        [
            {"Host": "192.168.1.5:8765"},
            {"X-Forwarded-For": "10.0.0.1"},
            {"X-Forwarded-Proto": "https"},
            {"CF-Connecting-IP": "10.0.0.1"},
            {"Host": "x-8765.proxy.runpod.net"},
        ],
    )
    def test_without_a_token_only_who_sits_at_the_machine(self, page: Page, headers: dict[str, str]) -> None:
        offer = page.get("/api/login", headers=headers).json()
        assert not offer["offered"]
        assert "LYRICS_APP_TOKEN" in offer["why_not"]
        assert page.request("POST", "/api/login", headers=headers).status_code == 409

    @pytest.mark.parametrize(
        ("client", "host", "offered"),
        [
            ("127.0.0.1", "127.0.0.1:8765", True),
            ("::1", "localhost:8765", True),
            ("192.168.1.7", "192.168.1.7:8765", False),  # says that it asked for itself
            ("192.168.1.7", "127.0.0.1:8765", False),
            ("192.168.1.2", "192.168.1.2:8765", False),
        ],
    )
    def test_a_host_name_makes_nobody_sit_there(
        self, environ: dict[str, str], client: str, host: str, offered: bool
    ) -> None:
        connect = Connect(environment.load(environ)[0], Access(""))
        headers = [(b"host", host.encode())]
        request = Request({"type": "http", "headers": headers, "client": (client, 50000)})
        assert (connect.why_not(request, State.NOT_LOGGED_IN) == "") is offered

    def test_with_a_token_whoever_knows_it(self, environ: dict[str, str]) -> None:
        pod = "pod-8765.proxy.runpod.net"
        with serving(lyrics_app_token="t", redirect_uri=f"https://{pod}/callback") as page:
            headers = {"Host": pod, "X-Forwarded-For": "10.0.0.1"}
            assert page.get("/api/login", params={"token": "t"}, headers=headers).json()["offered"]
            assert begin(page, params={"token": "t"}, headers=headers)[1]["completes_itself"]

    def test_nobody_for_the_built_in_songs(self, environ: dict[str, str]) -> None:
        with serving(source="demo") as page:
            assert not page.get("/api/login").json()["offered"]

    def test_without_a_client_id_it_says_so(self, environ: dict[str, str]) -> None:
        with serving(client_id="") as page:
            assert not page.get("/api/login").json()["offered"]
            assert page.request("POST", "/api/login").status_code == 409
            assert "SPOTIFY_CLIENT_ID is not set" in page.get("/api/now").json()["problem"]

    def test_nobody_while_there_is_a_login(self, logged_in: dict[str, str]) -> None:
        with serving(lyrics_app_token="t") as page:
            offer = page.get("/api/login", params={"token": "t"}).json()
            assert (offer["offered"], "already" in offer["why_not"]) == (False, True)
            assert page.request("POST", "/api/login", params={"token": "t"}).status_code == 409

    def test_a_login_that_could_not_be_saved_is_not_begun(self, environ: dict[str, str], home: Path) -> None:
        home.write_text("a file where the folder should be")
        with serving() as page:
            answer = page.request("POST", "/api/login")
        assert answer.status_code == 409
        assert "cannot be saved" in answer.json()["detail"]
