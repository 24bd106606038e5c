"""The door: host names, other sites, the token, and what the answers forbid."""

import math
import re
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from lyrics_app import strangers
from lyrics_app.access import Access, Viewer, new_token, weakness
from lyrics_app.hosts import host_and_port, is_known, is_loopback

from ..support.page import Page, serving

TOKEN = "open sesame & co"
PERSON = {"Accept": "text/html"}


@pytest.fixture
def page(environ: dict[str, str]) -> Iterator[Page]:
    with serving() as page:
        yield page


@pytest.fixture
def guarded(environ: dict[str, str]) -> Iterator[Page]:
    with serving(lyrics_app_token=TOKEN) as page:
        yield page


class TestHost:
    @pytest.mark.parametrize(
        "host",
        [
            "127.0.0.1:8765",
            "192.168.1.5",
            "[::1]:8765",
            "[fe80::1%25eth0]:8765",
            "localhost:8765",
            "LocalHost",
            f"{socket.gethostname()}:8765",
            f"{socket.gethostname().partition('.')[0]}.local",
            "abc123-8765.proxy.runpod.net",
            "lyrics.example.com",
            "a.party.example",
        ],
    )
    def test_known_names_pass(self, environ: dict[str, str], host: str) -> None:
        with serving(lyrics_app_allowed_hosts=("lyrics.example.com", "*.party.example")) as page:
            assert page.get("/api/time", headers={"Host": host}).status_code == 200

    @pytest.mark.parametrize(
        "host",
        [
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "proxy.runpod.net.evil.example",
            "xproxy.runpod.net",
            "party.example",
            "[",
            "evil.example:80:80",
            "<b>",
        ],
    )
    @pytest.mark.parametrize("path", ["/", "/api/now", "/healthz", "/static/main.js", "/callback"])
    def test_others_get_a_sentence(self, page: Page, host: str, path: str) -> None:
        answer = page.get(path, headers={"Host": host, "Accept": "text/html"})
        # A Host that makes no sense at all is refused by the HTTP server itself.
        assert answer.status_code == 421 or (answer.status_code == 400 and host in {"[", "<b>"})
        assert "LYRICS_APP_ALLOWED_HOSTS" in answer.text or answer.status_code == 400
        assert "<b>" not in answer.text

    @pytest.mark.parametrize(
        "host",
        [
            "127.0.0.1/static/",
            "127.0.0.1/healthz?",
            "127.0.0.1/healthz#",
            "127.0.0.1\\static",
            "user@127.0.0.1",
            "127.0.0.1:99999",
            "127.0.0.1:abc",
            "127.0.0.1:",
            "[10.0.0.1]",
            "[fe80::1%a%b]",
            "[fe80::1%]",
            f"[fe80::1%{'a' * 17}]",
            f"{'a' * 300}.proxy.runpod.net",
            "",
            "a\xe4",
        ],
    )
    @pytest.mark.parametrize("path", ["/api/now", "/qr.svg", "/"])
    def test_a_host_that_holds_more_than_a_name_opens_nothing(self, guarded: Page, host: str, path: str) -> None:
        with socket.create_connection(("127.0.0.1", guarded.port), timeout=5) as raw:
            raw.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode("latin-1"))
            answer = b""
            while part := raw.recv(65536):
                answer += part
        assert answer.split()[1] in {b"421", b"400"}
        assert b"track" not in answer

    def test_a_refused_name_is_logged_once(self, page: Page, caplog: pytest.LogCaptureFixture) -> None:
        for _ in range(3):
            page.get("/", headers={"Host": "evil.example"})
        assert len([record for record in caplog.records if "evil.example" in record.getMessage()]) == 1

    def test_a_name_server_that_does_not_answer_delays_no_known_name(
        self, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked = threading.Semaphore(0)
        answers = threading.Event()

        def ask_name_server(*_: object) -> str:
            asked.release()
            answers.wait(10)
            return "stage.example.net"

        monkeypatch.setattr(socket, "getfqdn", ask_name_server)
        with serving() as page, ThreadPoolExecutor(20) as pool:
            try:
                names = ["stage.example.net", *(f"evil-{number}.example" for number in range(19))]
                waiting = [pool.submit(page.get, "/healthz", headers={"Host": name}) for name in names]
                assert asked.acquire(timeout=5)
                for host in ("127.0.0.1", f"{socket.gethostname().partition('.')[0]}.local"):
                    assert page.get("/healthz", headers={"Host": host}, timeout=2).ok
                assert not any(answer.done() for answer in waiting)
            finally:
                answers.set()
            assert [answer.result().status_code for answer in waiting] == [200] + [421] * 19
        assert not asked.acquire(blocking=False)  # once for all of them

    def test_names(self) -> None:
        assert host_and_port("Example.COM.:80") == ("example.com", 80)
        assert host_and_port("[::1]:8765") == ("::1", 8765)
        assert host_and_port("") == ("", None)
        assert not is_known("", ())
        assert is_loopback("127.5.5.5")
        assert is_loopback("::1")
        assert not is_loopback("192.168.0.1")
        assert not is_loopback("localhost.evil.example")


def test_what_is_too_long_is_not_read(page: Page) -> None:
    headers = {"Content-Type": "application/json"}
    text = b'{"pasted": "' + b"x" * 70_000 + b'"}'
    for data in (text, iter([text[:40_000], text[40_000:]])):  # with a length, and without
        answer = page.request("POST", "/api/login/finish", data=data, headers=headers)
        assert answer.status_code == 413
        assert answer.json() == {"detail": "This is too long. Copy the address again."}


@pytest.mark.parametrize("body", [rb'{"pasted": "\ud800"}', rb'{"pasted": 7}', b"{", b"[]", b"\xff", b""])
def test_a_body_that_is_none_is_bad_input(page: Page, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = page.request("POST", "/api/login/finish", data=body, headers=headers)
    assert answer.status_code in {400, 422}
    assert isinstance(answer.json()["detail"], str)


def test_a_body_that_never_ends_is_given_up(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lyrics_app.guard._LONGEST_BODY", 0.5)
    with socket.create_connection(("127.0.0.1", page.port), timeout=5) as raw:
        head = f"POST /api/login/finish HTTP/1.1\r\nHost: 127.0.0.1:{page.port}\r\n"
        raw.sendall(f"{head}Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{{".encode())
        assert raw.recv(65536).split()[1] == b"408"


def test_a_page_of_another_site_changes_nothing(page: Page) -> None:
    answer = page.request("POST", "/api/login", headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
    assert page.request("POST", "/api/login", headers={"Origin": "null"}).status_code == 403
    assert page.request("POST", "/api/login", headers={"Origin": page.url}).status_code == 200


@pytest.mark.parametrize("path", ["/", "/api/now", "/static/main.js", "/nothing-here", "/qr.svg"])
def test_every_answer_says_what_a_browser_may_do(page: Page, path: str) -> None:
    headers = page.get(path).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert policy["frame-ancestors"] == "'none'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert not [name for name in headers if name.lower().startswith("access-control")]


class TestToken:
    @pytest.mark.parametrize("path", ["/", "/api/now", "/api/events", "/qr.svg", "/api/login", "/openapi.json"])
    def test_without_it_nothing_is_told(self, guarded: Page, path: str) -> None:
        assert guarded.get(path).status_code == 401
        assert guarded.get(path, params={"token": "wrong"}).status_code == 401
        assert guarded.get(path, cookies={"spotify_scope_page": "wrong"}).status_code == 401
        assert guarded.get(path, cookies={"spotify_scope_page": ""}).status_code == 401

    def test_a_person_gets_a_form(self, guarded: Page) -> None:
        answer = guarded.get("/", headers=PERSON)
        assert answer.status_code == 401
        assert '<form action="/" method="post">' in answer.text
        wrong = guarded.request("POST", "/", headers=PERSON, data={"token": "wrong"})
        assert (wrong.status_code, "not the right one" in wrong.text) == (401, True)
        right = guarded.request("POST", "/", headers=PERSON, data={"token": TOKEN})
        assert (right.status_code, right.headers["Location"]) == (303, "/")
        assert guarded.get("/", cookies=right.cookies).status_code == 200

    @pytest.mark.parametrize("form", [b"", b"token", b"\xff=\xff", b"token=%ff%fe", b"token=%00", b"{}"])
    def test_a_form_that_makes_no_sense(self, guarded: Page, form: bytes) -> None:
        headers = {**PERSON, "Content-Type": "application/x-www-form-urlencoded"}
        assert guarded.request("POST", "/", headers=headers, data=form).status_code == 401

    @pytest.mark.parametrize("token", [TOKEN, "wrong"])
    def test_an_address_with_it_is_kept_by_no_history(self, guarded: Page, token: str) -> None:
        answer = guarded.get("/", params={"token": token}, headers=PERSON)
        assert answer.status_code == 200
        assert "/static/enter.js" in answer.text
        assert "Set-Cookie" not in answer.headers
        assert token not in answer.text

    def test_the_address_with_it_leads_to_one_without_it(self, guarded: Page) -> None:
        answer = guarded.get("/", params={"token": TOKEN})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/")
        cookie = answer.headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert "Secure" not in cookie  # this was http
        for path in ("/", "/api/now"):
            assert guarded.get(path, cookies=answer.cookies).status_code == 200
        secure = guarded.get("/", params={"token": TOKEN}, headers={"X-Forwarded-Proto": "https"})
        assert "Secure" in secure.headers["Set-Cookie"]

    def test_programs_may_put_it_into_each_address(self, guarded: Page) -> None:
        assert guarded.get("/api/now", params={"token": TOKEN}).status_code == 200

    def test_health_and_the_page_s_own_code_need_none(self, guarded: Page) -> None:
        assert guarded.get("/healthz").json() == {"status": "ok"}
        assert guarded.get("/static/style.css").status_code == 200
        assert guarded.get("/static/../access.py").status_code in {401, 404}

    def test_the_qr_code_invites(self, guarded: Page, monkeypatch: pytest.MonkeyPatch) -> None:
        import segno

        drawn: list[str] = []
        make = segno.make
        monkeypatch.setattr(segno, "make", lambda url, **options: drawn.append(url) or make(url, **options))
        assert guarded.get("/qr.svg", params={"token": TOKEN}).status_code == 200
        [url] = drawn
        assert TOKEN not in url
        assert guarded.get("/qr.svg", params={"token": TOKEN}).status_code == 200
        assert drawn == [url]  # drawn once for all who look within some minutes
        invitation = re.fullmatch(r"http://.+/#token=(.+)", url)
        assert invitation
        answer = guarded.get("/", params={"token": invitation[1]})
        assert guarded.get("/api/now", cookies=answer.cookies).status_code == 200
        offer = guarded.get("/api/login", cookies=answer.cookies).json()
        assert (offer["offered"], "Guests" in offer["why_not"]) == (False, True)
        assert guarded.request("POST", "/api/login", cookies=answer.cookies).status_code == 409
        assert guarded.get("/api/login", params={"token": TOKEN}).json()["offered"]


class TestStatus:
    """What a browser already is, it stays."""

    def test_an_invitation_makes_no_holder_a_guest(self, guarded: Page) -> None:
        holder = guarded.get("/", params={"token": TOKEN}).cookies
        invitation = Access(TOKEN).invitation(TOKEN)
        answer = guarded.request("POST", "/", data={"token": invitation}, cookies=holder)
        assert answer.status_code == 303
        kept = answer.cookies or holder
        assert guarded.get("/api/viewer", cookies=kept).json() == {"is_guest": False}

    def test_an_old_invitation_throws_nobody_out(self, guarded: Page) -> None:
        guest = guarded.get("/", params={"token": Access(TOKEN).invitation(TOKEN)}).cookies
        answer = guarded.request("POST", "/", data={"token": f"1.2.{'0' * 32}"}, cookies=guest, headers=PERSON)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/")

    def test_codes_are_drawn_for_a_few_at_a_time(self, page: Page) -> None:
        answers = [page.get("/qr.svg", headers={"Host": f"10.0.0.1:{port}"}).status_code for port in range(1, 12)]
        assert answers.count(200) in {5, 6}
        assert answers.count(503) == 11 - answers.count(200)


class TestGuesses:
    def test_they_are_slowed_and_then_not_looked_at(
        self, guarded: Page, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(strangers, "_SLOWED_BY", 0.2)
        started = time.monotonic()
        answers = [guarded.get("/api/now", params={"token": f"guess {number}"}) for number in range(14)]
        assert time.monotonic() - started >= 7 * 0.2
        assert [answer.status_code for answer in answers] == [401] * 10 + [429] * 4
        assert int(answers[-1].headers["Retry-After"]) > 250
        assert "5 minutes" in answers[-1].json()["detail"]
        assert guarded.get("/api/now", params={"token": TOKEN}).status_code == 429
        assert guarded.request("POST", "/", data={"token": TOKEN}).status_code == 429
        assert guarded.get("/api/now", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 429
        told = [record.getMessage() for record in caplog.records if "wrong token" in record.getMessage()]
        assert len(told) == 1
        assert "guess" not in told[0]

    def test_who_is_in_already_notices_nothing(self, guarded: Page, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(strangers, "_SLOWED_BY", 0.0)
        cookies = guarded.get("/", params={"token": TOKEN}).cookies
        for number in range(12):
            guarded.get("/api/now", params={"token": f"guess {number}"})
        assert guarded.get("/api/now", cookies=cookies).status_code == 200

    def test_who_is_invited_or_was_here_before_is_let_in_all_the_same(
        self, guarded: Page, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A club has one address for all its phones."""
        monkeypatch.setattr(strangers, "_SLOWED_BY", 0.0)
        bearer = {"Authorization": f"Bearer {TOKEN}"}
        program = guarded.get("/api/now", headers=bearer)
        assert program.status_code == 200
        invitation = Access(TOKEN).invitation(TOKEN)
        for number in range(12):
            guarded.get("/api/now", params={"token": f"guess {number}"})
        assert guarded.request("POST", "/", data={"token": invitation}).status_code == 303
        assert guarded.get("/api/now", params={"token": invitation}).status_code == 200
        assert guarded.get("/api/now", headers=bearer).status_code == 429
        assert guarded.get("/api/now", headers=bearer, cookies=program.cookies).status_code == 200

    def test_a_page_of_another_site_spends_nobody_s(self, guarded: Page) -> None:
        elsewhere = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
        for number in range(12):
            guarded.get("/static/icon.svg", params={"token": f"guess {number}"})
            guarded.get("/api/now", params={"token": f"guess {number}"}, headers=elsewhere)
        assert guarded.get("/api/now", params={"token": TOKEN}).status_code == 200

    def test_a_cookie_is_no_way_to_guess(self, guarded: Page) -> None:
        assert (
            guarded.get("/api/now", cookies={"spotify_scope_page": TOKEN.replace(" ", "%20")}).status_code == 401
        )
        for _ in range(12):
            assert guarded.get("/api/now", cookies={"spotify_scope_page": "old"}).status_code == 401
        assert guarded.get("/api/now", params={"token": TOKEN}).status_code == 200

    def test_invitations_that_have_ended_are_no_guesses(self, guarded: Page) -> None:
        for _ in range(12):
            assert guarded.get("/api/now", params={"token": f"1.2.{'0' * 32}"}).status_code == 401
        assert guarded.get("/api/now", params={"token": TOKEN}).status_code == 200

    def test_behind_a_proxy_each_caller_has_their_own(
        self, guarded: Page, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(strangers, "_SLOWED_BY", 0.0)
        for number in range(12):  # what a client says of itself stands before what its proxy adds
            headers = {"X-Forwarded-For": f"10.0.0.{number}, 10.9.9.9"}
            last = guarded.get("/api/now", params={"token": "guess"}, headers=headers)
        assert last.status_code == 429
        other = {"X-Forwarded-For": "10.9.9.9, 10.0.0.1"}
        assert guarded.get("/api/now", params={"token": TOKEN}, headers=other).status_code == 200

    @pytest.mark.parametrize(
        "headers",
        [
            {"CF-Connecting-IP": "10.1.{}.1", "X-Forwarded-For": "10.9.9.9"},
            {"X-Forwarded-For": "10.9.9.9:{}"},
            {"X-Forwarded-For": "\x1b[31m{}"},
        ],
    )
    def test_nobody_is_somebody_else_each_time(
        self,
        guarded: Page,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
        headers: dict[str, str],
    ) -> None:
        monkeypatch.setattr(strangers, "_SLOWED_BY", 0.0)
        for number in range(12):
            sent = {name: value.format(1000 + number) for name, value in headers.items()}
            last = guarded.get("/api/now", params={"token": "guess"}, headers=sent)
        assert last.status_code == 429
        assert "\x1b" not in caplog.text

    def test_after_a_while_they_are_forgotten(self, monkeypatch: pytest.MonkeyPatch) -> None:
        now = [1000.0]
        monkeypatch.setattr(strangers.time, "monotonic", lambda: now[0])
        guesses = strangers.Guesses()
        for _ in range(20):
            guesses.wrong("somebody")
        assert guesses.refused_for("somebody") == 300
        assert guesses.refused_for("somebody else") == 0
        now[0] += 301
        assert guesses.refused_for("somebody") == 0
        for number in range(2000):
            guesses.wrong(str(number))
        assert len(guesses._wrong) <= 1000

    def test_many_addresses_get_no_further_than_one(self, monkeypatch: pytest.MonkeyPatch) -> None:
        now = [1000.0]
        monkeypatch.setattr(strangers.time, "monotonic", lambda: now[0])
        guesses = strangers.Guesses()
        looked_at = 0
        for number in range(10_000):
            if not guesses.refused_for(f"10.0.{number // 256}.{number % 256}"):
                looked_at += 1
                guesses.wrong(f"10.0.{number // 256}.{number % 256}")
        assert 200 <= looked_at <= 202
        now[0] += 61
        assert not guesses.refused_for("somebody else")


@pytest.mark.parametrize(
    ("token", "is_weak"),
    [
        ("secret", True),
        ("Karaoke2026", True),
        ("wonderwall", True),
        ("supercalifragilisticexpialidocious", True),
        ("1234567890123", True),
        ("aaaaaaaaaaaaaaaaaaaaaaaa", True),
        ("correct horse battery staple", False),
        ("kw7f-p3mz-9hqd-x2ua", False),
    ],
)
def test_weak_tokens(token: str, is_weak: bool) -> None:
    assert bool(weakness(token)) == is_weak


def test_new_tokens_differ_and_can_be_typed() -> None:
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert all(re.fullmatch(r"[a-z2-9]{4}(-[a-z2-9]{4}){3}", token) and not weakness(token) for token in tokens)


class TestAccess:
    def test_an_invitation_ends_and_the_guest_s_stay_later(self, monkeypatch: pytest.MonkeyPatch) -> None:
        access = Access("secret")
        begin = time.time()
        invitation = access.invitation("secret")
        assert access.viewer(invitation) is Viewer.GUEST
        cookie, seconds = access.cookie(invitation)
        assert 11.9 * 3600 < seconds <= 12 * 3600
        assert access.seconds_left(cookie) == pytest.approx(seconds, abs=2)
        assert access.seconds_left("secret") == math.inf
        monkeypatch.setattr(time, "time", lambda: begin + 3601)
        assert access.viewer(invitation) is None
        assert access.viewer(cookie) is Viewer.GUEST
        monkeypatch.setattr(time, "time", lambda: begin + 12 * 3600 + 1)
        assert access.viewer(cookie) is None

    def test_guests_of_guests_leave_with_them(self, monkeypatch: pytest.MonkeyPatch) -> None:
        access = Access("secret")
        begin = time.time()
        cookie, _ = access.cookie(access.invitation("secret"))
        monkeypatch.setattr(time, "time", lambda: begin + 11.5 * 3600)
        friend, seconds = access.cookie(access.invitation(cookie))
        assert access.viewer(friend) is Viewer.GUEST
        assert seconds <= 1801

    def test_who_knows_the_token_stays(self) -> None:
        access = Access("secret")
        cookie, seconds = access.cookie("secret")
        assert access.viewer("secret") is access.viewer(cookie) is Viewer.HOLDER
        assert seconds == 30 * 24 * 3600
        assert "secret" not in cookie

    @pytest.mark.parametrize(
        "guess", ["", ".", "9999999999.", "9999999999.9999999999.abc", "٣.٣.abc", "\ud83d", "secret ", "0.0.0"]
    )
    def test_guesses(self, guess: str) -> None:
        assert Access("secret").viewer(guess) is None

    def test_another_token_ends_what_the_old_one_gave(self) -> None:
        old, new = Access("old"), Access("new")
        assert new.viewer(old.cookie("old")[0]) is None
        assert new.viewer(old.invitation("old")) is None
