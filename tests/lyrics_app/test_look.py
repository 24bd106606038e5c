"""Look now: from the page, and from Scope's UI."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from lyrics_app.access import Access
from spotify_scope_plugin import settings
from spotify_scope_plugin.now_playing import make_session
from spotify_scope_plugin.sending.prompter import Prompter

from ..support.browser import Screen
from ..support.music_service import Fault, MusicService, Song
from ..support.page import Page, serving
from ..support.waiting import eventually

PLAYING = "/v1/me/player/currently-playing"


@pytest.fixture(autouse=True)
def _slow_polls(monkeypatch: pytest.MonkeyPatch, _quick_polls: None) -> None:
    monkeypatch.setenv("SPOTIFY_POLL_SECONDS", "30")


def title(page: Page, token: str = "") -> str:
    track = page.get(f"/api/now?token={token}").json()["track"]
    return track["title"] if track else ""


def test_a_skip_is_seen_at_once(service: MusicService, page: Page) -> None:
    service.play(Song("Song", "A"))
    eventually(lambda: title(page) == "Song")
    service.play(Song("Next", "A"))
    assert page.request("POST", "/api/look").status_code == 202
    eventually(lambda: title(page) == "Next", within=1.5)


def test_a_room_full_of_fingers_asks_once_a_second(service: MusicService, page: Page) -> None:
    service.play(Song("Song", "A"))
    eventually(lambda: title(page) == "Song")
    asked, began = service.count(PLAYING), time.monotonic()
    while time.monotonic() < began + 3.2:
        assert page.request("POST", "/api/look").ok
    assert service.count(PLAYING) - asked <= 4


def test_strangers_on_an_open_page_spend_little(service: MusicService, page: Page) -> None:
    forwarded = {"X-Forwarded-For": "10.0.0.9"}
    codes = [page.request("POST", "/api/look", headers=forwarded).status_code for _ in range(40)]
    assert codes.count(202) <= 21
    assert codes[-1] == 429
    assert page.request("POST", "/api/look").status_code == 202  # at the machine itself


def test_guests_may_not(service: MusicService, logged_in: dict[str, str]) -> None:
    invitation = Access("secret").invitation("secret")
    with serving(lyrics_app_token="secret") as page:
        assert page.request("POST", f"/api/look?token={invitation}").status_code == 403
        assert page.get(f"/api/viewer?token={invitation}").json() == {"is_guest": True}
        assert page.get("/api/viewer?token=secret").json() == {"is_guest": False}


def test_a_lock_out_is_kept(service: MusicService, page: Page) -> None:
    service.broken[PLAYING] = Fault(
        429, b'{"error": {"status": 429, "reason": "QUOTA_EXCEEDED"}}', {"Retry-After": "48925"}
    )
    now: dict[str, Any] = eventually(
        lambda: now if (now := page.get("/api/now").json())["state"] == "quota_exceeded" else None
    )
    assert now["retry_at"] - now["server_time"] == pytest.approx(48_925, abs=5)
    asked = service.count(PLAYING)
    page.request("POST", "/api/look")
    time.sleep(0.5)
    assert service.count(PLAYING) == asked


def test_the_button_and_the_key(service: MusicService, page: Page, open_screen: Callable[..., Screen]) -> None:
    service.play(Song("Song", "A"))
    screen = open_screen(page.url)
    screen.sees("#title", "Song")
    screen.sees("#look-now")
    service.play(Song("Next", "A"))
    screen.window.click("#look-now")
    screen.sees("#title", "Next", within=2)
    screen.sees("#hint", "Asking the player")
    screen.shoot("look-now")
    screen.window.wait_for_timeout(1000)
    service.play(Song("Third", "A"))
    screen.window.keyboard.press("l")
    screen.sees("#title", "Third", within=2)


def test_a_guest_s_page_has_no_button(
    service: MusicService, logged_in: dict[str, str], open_screen: Callable[..., Screen]
) -> None:
    service.play(Song("Song", "A"))
    invitation = Access("secret").invitation("secret")
    with serving(lyrics_app_token="secret") as page:
        screen = open_screen(f"{page.url}/?token={invitation}")
        screen.sees("#title", "Song")
        screen.window.wait_for_timeout(300)
        assert not screen.window.locator("#look-now").is_visible()


def test_the_switch_in_scope_s_ui_is_a_signal_whichever_way_it_goes(
    service: MusicService, logged_in: dict[str, str]
) -> None:
    session = make_session(settings.load({**logged_in, "SPOTIFY_POLL_SECONDS": "30"})[0])
    prompter = Prompter(session, {})
    try:
        service.play(Song("Song", "A"))
        eventually(lambda: (prompter.next_update({}), session.moment().track)[1])
        for title, switch in (("Next", True), ("Third", False)):
            time.sleep(1.0)
            service.play(Song(title, "A"))

            def shows(title: str = title, switch: bool = switch) -> bool:
                prompter.next_update({"look_now": switch})
                track = session.moment().track
                return track is not None and track.title == title

            eventually(shows, within=1.5)
        asked = service.count(PLAYING)
        for _ in range(30):
            prompter.next_update({"look_now": False})
            time.sleep(0.05)
        assert service.count(PLAYING) == asked  # its state asks nothing
    finally:
        session.close()
