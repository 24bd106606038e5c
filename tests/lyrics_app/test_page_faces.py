"""The page when there is nothing to sing, the login on it, and what strangers write."""

from collections.abc import Callable

import pytest

from ..support.browser import Screen
from ..support.music_service import Fault, MusicService, Song
from ..support.page import Page, serving
from ..support.songs import WORDS, song

PLAYING = "/v1/me/player/currently-playing"


class TestFaces:
    def test_waiting(self, page: Page, open_screen: Callable[..., Screen]) -> None:
        screen = open_screen(page.url)
        screen.sees("#face-title", "Play something on Spotify")
        assert not screen.window.locator("#song").is_visible()
        assert screen.text("#announcer") == "Play something on Spotify"
        screen.shoot("waiting")

    @pytest.mark.parametrize(
        ("name", "playing", "words"),
        [
            ("no-lyrics", Song("Song", "Artist"), "No lyrics for this song"),
            ("instrumental", Song("Song", "Artist", instrumental=True), "Instrumental"),
        ],
    )
    def test_songs_without_words(
        self,
        service: MusicService,
        page: Page,
        open_screen: Callable[..., Screen],
        name: str,
        playing: Song,
        words: str,
    ) -> None:
        service.play(playing)
        screen = open_screen(page.url)
        screen.sees("#face-title", words)
        assert screen.text("#title") == "Song"
        screen.shoot(name)

    def test_lyrics_without_times(
        self, service: MusicService, page: Page, open_screen: Callable[..., Screen]
    ) -> None:
        service.play(Song("Song", "Artist", plain="\n".join(WORDS * 8)))
        screen = open_screen(page.url)
        screen.sees("#plain", WORDS[0])
        assert not screen.window.locator("#face").is_visible()
        screen.shoot("plain")

    def test_a_podcast(self, service: MusicService, page: Page, open_screen: Callable[..., Screen]) -> None:
        service.item = {"name": "Episode 7", "type": "episode", "uri": "e", "show": {"name": "The Show"}}
        screen = open_screen(page.url)
        screen.sees("#face-title", "podcast")
        assert screen.text("#artist") == "The Show"
        screen.shoot("podcast")

    def test_rate_limited(self, service: MusicService, page: Page, open_screen: Callable[..., Screen]) -> None:
        service.faults[PLAYING] = [Fault(429, headers={"Retry-After": "90"})]
        screen = open_screen(page.url)
        screen.sees("#face-title", "Spotify asks for a pause")
        assert "Until " in screen.text("#face-text")
        screen.shoot("rate-limited")

    def test_spotify_is_unreachable_from_the_start(
        self, service: MusicService, page: Page, open_screen: Callable[..., Screen]
    ) -> None:
        service.broken[PLAYING] = Fault(503)
        screen = open_screen(page.url)
        screen.sees("#face-title", "Spotify cannot be reached")
        screen.shoot("unreachable")

    def test_spotify_goes_away_and_the_song_counts_on(
        self, service: MusicService, page: Page, open_screen: Callable[..., Screen]
    ) -> None:
        service.play(song(step=0.8))
        screen = open_screen(page.url)
        screen.waits_for(screen.current)
        service.broken[PLAYING] = Fault(503)
        screen.sees("#notice", "Spotify cannot be reached")
        at = screen.current()
        screen.waits_for(lambda: screen.current() not in {"", at})
        service.broken.clear()
        screen.waits_for(lambda: not screen.window.locator("#notice").is_visible(), within=40)

    def test_an_account_that_spotify_refuses(
        self, service: MusicService, page: Page, open_screen: Callable[..., Screen]
    ) -> None:
        service.broken[PLAYING] = Fault(403)
        screen = open_screen(page.url)
        screen.sees("#face-title", "Spotify refuses this account")
        assert "User Management" in screen.text("#face-text")


class TestLogin:
    def test_it_completes_by_itself(
        self,
        service: MusicService,
        environ: dict[str, str],
        unused_port: int,
        open_screen: Callable[..., Screen],
    ) -> None:
        service.play(song(step=1.0))
        redirect = f"http://127.0.0.1:{unused_port}/callback"
        with serving(lyrics_app_port=unused_port, redirect_uri=redirect) as page:
            screen = open_screen(page.url)
            screen.sees("#face-title", "Not logged in")
            screen.sees("#connect")
            screen.shoot("not-logged-in")
            screen.window.click("#connect")
            screen.sees("#lines .current:not(.gap)")
            assert screen.window.url == f"{page.url}/"

    def test_the_address_can_be_pasted(
        self, service: MusicService, environ: dict[str, str], open_screen: Callable[..., Screen]
    ) -> None:
        service.play(song(step=1.0))
        with serving() as page:
            screen = open_screen(page.url, expect=("400",))
            screen.window.click("#connect")
            screen.sees("#paste-steps", "http://127.0.0.1:8888/callback")
            screen.shoot("paste")
            address = screen.window.get_attribute("#authorize", "href")
            state = address.partition("state=")[2].partition("&")[0]
            screen.window.fill("#pasted", "nonsense")
            screen.window.press("#pasted", "Enter")
            screen.sees("#login-message", "Paste the whole address")
            service.faults["/api/token"] = [Fault(503)]
            redirect = "http://127.0.0.1:8888/callback"
            screen.window.fill("#pasted", service.way_back(redirect, state))
            screen.window.press("#pasted", "Enter")
            screen.sees("#login-message", "has a problem")
            # That attempt is used up; the link is one of a new one.
            fresh = screen.window.get_attribute("#authorize", "href").partition("state=")[2].partition("&")[0]
            assert fresh != state
            screen.window.fill("#pasted", service.way_back(redirect, fresh))
            screen.window.press("#pasted", "Enter")
            screen.waits_for(screen.current)

    def test_a_login_that_ends_while_the_song_stands_still(
        self, service: MusicService, page: Page, open_screen: Callable[..., Screen]
    ) -> None:
        service.play(song(step=1.0))
        screen = open_screen(page.url)
        screen.waits_for(screen.current)
        service.pause()
        screen.sees("#notice", "Paused")
        service.revoke_all()
        screen.sees("#connect")

    def test_the_offer_is_asked_for_until_it_comes(
        self, environ: dict[str, str], open_screen: Callable[..., Screen]
    ) -> None:
        with serving() as page:
            screen = open_screen(f"{page.url}/healthz", expect=("ERR_FAILED",))
            screen.window.route("**/api/login", lambda route: route.abort())
            screen.window.goto(page.url)
            screen.sees("#login-message", "does not answer")
            screen.window.unroute_all()
            screen.window.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")
            screen.sees("#connect")

    def test_from_elsewhere_the_page_says_what_to_do(
        self, environ: dict[str, str], open_screen: Callable[..., Screen]
    ) -> None:
        with serving() as page:
            screen = open_screen(page.url, extra_http_headers={"X-Forwarded-For": "10.0.0.7"})
            screen.sees("#login-message", "LYRICS_APP_TOKEN")
            assert "spotify-scope auth" in screen.text("#face-text")
            assert not screen.window.locator("#connect").is_visible()
            screen.shoot("not-logged-in-elsewhere")

    def test_the_token_opens_the_page(
        self, service: MusicService, logged_in: dict[str, str], open_screen: Callable[..., Screen]
    ) -> None:
        service.play(song(step=1.0))
        with serving(lyrics_app_token="open sesame") as page:
            screen = open_screen(page.url, expect=("401",))
            screen.sees("h1", "needs its token")
            screen.shoot("token")
            screen.window.fill("input", "wrong")
            screen.window.press("input", "Enter")
            screen.sees("h1", "not the right one")
            screen.window.fill("input", "open sesame")
            screen.window.press("input", "Enter")
            screen.waits_for(screen.current)
            assert "sesame" not in screen.window.url


def test_what_strangers_write_is_only_text(
    service: MusicService, page: Page, open_screen: Callable[..., Screen]
) -> None:
    attack = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'
    service.play(
        Song(
            f"Title {attack}",
            f"Artist {attack}",
            lrc=f"[00:00.10]{attack}\n[00:03.00]<00:03.00>{attack} <00:03.10>javascript:alert(1)\n[00:50]x",
        )
    )
    screen = open_screen(page.url)
    screen.waits_for(lambda: screen.current() == attack)
    screen.shoot("hostile")
    screen.waits_for(lambda: "javascript:alert(1)" in screen.current())
    screen.window.keyboard.press("p")
    screen.sees("#prompt", "onerror")
    assert screen.text("#title") == f"Title {attack}"
    assert screen.window.evaluate("() => window.hacked") is None
    assert screen.window.locator("img").count() == 2  # the artwork and the QR code
    assert screen.window.locator("body script").count() == 0
    assert not [url for url in screen.requested if url.endswith("/x")]


@pytest.mark.parametrize("address", ["https://evil.example/x.png", "http://127.0.0.1:9/x", "javascript:alert(1)"])
def test_pictures_come_from_spotify_only(
    service: MusicService, page: Page, open_screen: Callable[..., Screen], address: str
) -> None:
    service.item = {**song().item(), "album": {"images": [{"url": address}]}}
    service.seek(0)
    screen = open_screen(page.url, expect=("Content Security Policy",))
    loaded: list[str] = []
    screen.window.on("requestfinished", lambda request: loaded.append(request.url))
    screen.sees("#title", "Early One Morning")
    screen.window.wait_for_timeout(500)
    assert not screen.window.locator("#artwork").is_visible()
    assert address not in loaded


def test_plain_lyrics_are_only_text_too(
    service: MusicService, page: Page, open_screen: Callable[..., Screen]
) -> None:
    attack = '<img src=x onerror="window.hacked=1">'
    service.play(Song("S", "A", plain=attack))
    screen = open_screen(page.url)
    screen.sees("#plain")
    assert screen.text("#plain") == attack
    assert screen.window.evaluate("() => window.hacked") is None


def test_nothing_is_loaded_from_elsewhere_but_artwork(
    service: MusicService, page: Page, open_screen: Callable[..., Screen]
) -> None:
    service.play(song(step=1.0))
    screen = open_screen(page.url)
    screen.waits_for(screen.current)
    screen.window.keyboard.press("q")
    screen.sees("#address", "http://")
    elsewhere = {url for url in screen.requested if not url.startswith(page.url)}
    assert elsewhere == {"https://i.scdn.co/image/1"}


def test_without_internet_there_is_only_no_artwork(
    service: MusicService, page: Page, open_screen: Callable[..., Screen]
) -> None:
    service.play(song(step=1.0))
    screen = open_screen(page.url, expect=("ERR_INTERNET_DISCONNECTED", "ERR_NAME"))
    screen.window.context.unroute_all()
    screen.window.context.route("https://**", lambda route: route.abort("internetdisconnected"))
    screen.window.reload()
    screen.waits_for(screen.current)
    assert not screen.window.locator("#artwork").is_visible()
