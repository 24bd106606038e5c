"""The page in a real browser, against the real server and the loopback music service."""

import math
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ..support.browser import SCREENSHOTS, artwork, chromium
from ..support.music_service import Fault, MusicService, Song
from ..support.page import Page, serving
from ..support.waiting import eventually

ROOT = Path(__file__).parent.parent.parent
PLAYING = "/v1/me/player/currently-playing"
WORDS = (
    "Early one morning, just as the sun was rising",
    "I heard a maid sing in the valley below",
    "Oh, don't deceive me",
    "Oh, never leave me",
    "How could you use a poor maiden so?",
    "Remember the vows that you made to your Mary",
    "Remember the bower where you vowed to be true",
)

WATCH_LINES = """
() => {
  window.lit = [];
  const note = (element) => window.lit.push([element.textContent, Date.now() / 1000]);
  new MutationObserver((changes) => {
    for (const change of changes) {
      const was = (change.oldValue ?? "").split(" ").includes("current");
      if (!was && change.target.classList.contains("current") && !change.target.classList.contains("gap")) {
        note(change.target);
      }
    }
  }).observe(document.getElementById("lines"), {
    subtree: true, attributes: true, attributeFilter: ["class"], attributeOldValue: true,
  });
}
"""


def song(step: float = 0.5, count: int = 60, title: str = "Early One Morning", first: float = 0.0) -> Song:
    rows = [
        f"[{at // 60:02.0f}:{at % 60:05.2f}]{WORDS[index % len(WORDS)]} ({index})"
        for index in range(count)
        for at in [first + (index + 1) * step]
    ]
    return Song(title, "Traditional", lrc="\n".join(rows), duration=first + (count + 2) * step)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as browser:
        yield browser


@pytest.fixture(autouse=True)
def _quick_polls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPOTIFY_POLL_SECONDS", "0.25")


@pytest.fixture
def server(logged_in: dict[str, str]) -> Iterator[Page]:
    with serving() as page:
        yield page


class Screen:
    """A browser window at the page, and what a viewer sees in it."""

    def __init__(self, window: Any) -> None:
        self.window = window
        self.requested: list[str] = []
        self.troubles: list[str] = []
        window.on("request", lambda request: self.requested.append(request.url))
        window.on("pageerror", lambda error: self.troubles.append(str(error)))
        window.on("console", lambda message: message.type == "error" and self.troubles.append(message.text))

    def text(self, selector: str) -> str:
        return str(self.window.locator(selector).text_content() or "")

    def sees(self, selector: str, words: str = "", within: float = 8.0) -> None:
        """Wait until something is visible that holds these words."""
        found = self.window.locator(selector).filter(has_text=words) if words else self.window.locator(selector)
        found.first.wait_for(state="visible", timeout=within * 1000)

    def current(self) -> str:
        return "".join(self.window.locator("#lines .current:not(.gap)").all_text_contents())

    def waits_for(self, probe: Callable[[], Any], within: float = 8.0) -> Any:
        """Wait in the browser's own loop, so that its events go on."""
        ends_at = time.monotonic() + within
        while not (result := probe()):
            assert time.monotonic() < ends_at, f"did not happen within {within} s"
            self.window.wait_for_timeout(20)
        return result

    def shoot(self, name: str) -> None:
        """Keep a picture of what is seen."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.window.wait_for_timeout(600)  # past the movement of the lines
        self.window.screenshot(path=SCREENSHOTS / f"{name}.png")


@pytest.fixture
def open_screen(browser: Any) -> Iterator[Callable[..., Screen]]:
    """Open the page in a window of its own; whatever the page does wrong in it fails the test."""
    screens: list[tuple[Screen, tuple[str, ...]]] = []

    def open_one(url: str, *, expect: tuple[str, ...] = (), **options: Any) -> Screen:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 720}, **options})
        context.route(
            "https://i.scdn.co/**",
            lambda route: route.fulfill(
                body=artwork(), content_type="image/png", headers={"Access-Control-Allow-Origin": "*"}
            ),
        )
        screen = Screen(context.new_page())
        screens.append((screen, expect))
        screen.window.goto(url)
        return screen

    yield open_one
    for screen, expected in screens:
        troubles = [trouble for trouble in screen.troubles if not any(each in trouble for each in expected)]
        screen.window.context.close()
        assert troubles == []


def process_at(port: int) -> "subprocess.Popen[bytes]":
    """Run the server as its own program."""
    process = subprocess.Popen(
        [sys.executable, "-m", "lyrics_app.server"],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "LYRICS_APP_HOST": "127.0.0.1", "LYRICS_APP_PORT": str(port)},
    )

    def answers() -> bool:
        try:
            return Page(port).get("/healthz").ok
        except OSError:
            return False

    eventually(answers, 30)
    return process


@pytest.fixture
def process(logged_in: dict[str, str], unused_port: int) -> Iterator[Page]:
    running = process_at(unused_port)
    yield Page(unused_port)
    running.kill()
    running.wait()


def test_lines_light_up_on_time(
    service: MusicService, process: Page, open_screen: Callable[..., Screen], record_property: Any
) -> None:
    service.delay = 0.08
    service.play(song(step=0.5, count=40))
    screen = open_screen(process.url)
    screen.waits_for(screen.current)
    screen.window.evaluate(WATCH_LINES)
    screen.window.wait_for_timeout(14_000)
    started_at = service.started_at() - time.monotonic() + time.time()
    late = []
    for text, at in screen.window.evaluate("() => window.lit"):
        index = int(text.rsplit("(", 1)[1].rstrip(")"))
        late.append(at - started_at - (index + 1) * 0.5)
    assert len(late) >= 25
    off = sorted(map(abs, late))
    p95 = off[math.ceil(len(off) * 0.95) - 1]
    print(f"lines {len(off)}, off by p50 {off[len(off) // 2] * 1e3:.0f} ms, p95 {p95 * 1e3:.0f} ms")
    record_property("line_p95_ms", round(p95 * 1000))
    assert p95 <= 0.1
    assert len({text for text, _ in screen.window.evaluate("() => window.lit")}) == len(late)  # no flicker


def test_words_light_up_one_by_one(
    service: MusicService, server: Page, open_screen: Callable[..., Screen]
) -> None:
    service.play(Song("S", "A", lrc="[00:00.50]<00:00.50>Oh <00:02.00>my <00:60.00>love\n[00:90]x"))
    screen = open_screen(server.url)
    sung = "#lines .current .sung"
    screen.waits_for(lambda: screen.window.locator(sung).all_text_contents() == ["Oh "])
    screen.waits_for(lambda: screen.window.locator(sung).all_text_contents() == ["Oh ", "my "])
    assert service.position() == pytest.approx(2.0, abs=0.4)
    assert screen.current() == "Oh my love"
    screen.shoot("words")


def test_pause_seek_and_the_next_song(
    service: MusicService, server: Page, open_screen: Callable[..., Screen]
) -> None:
    service.play(song(step=1.0))
    screen = open_screen(server.url)
    screen.waits_for(lambda: "(1)" in screen.current())
    service.pause()
    screen.sees("#notice", "Paused")
    screen.shoot("paused")
    stopped = screen.current()
    screen.window.wait_for_timeout(1500)
    assert screen.current() == stopped
    service.resume()
    service.seek(40.2)
    screen.waits_for(lambda: "(39)" in screen.current())
    assert screen.window.locator("#lines .past").count() == 39
    assert not screen.window.locator("#notice").is_visible()
    service.seek(5.2)
    screen.waits_for(lambda: "(4)" in screen.current())
    assert screen.window.locator("#lines .past").count() == 4
    service.play(song(title="Another Song", step=0.7))
    screen.sees("#title", "Another Song")
    screen.waits_for(lambda: "(0)" in screen.current())
    assert screen.window.title() == "Another Song – Traditional"
    assert screen.text("#elapsed") == "0:00"


def test_a_long_gap_counts_in(service: MusicService, server: Page, open_screen: Callable[..., Screen]) -> None:
    service.play(Song("S", "A", lrc="[00:06.00]First\n[00:08.00]\n[00:11.00]Short gap before\n[00:13.00]End"))
    screen = open_screen(server.url)
    screen.sees("#lines .gap.current")
    assert screen.window.locator("#lines .gap").count() == 1
    filled = "() => new DOMMatrix(getComputedStyle(document.querySelector('.gap > span > span')).transform).a"
    screen.waits_for(lambda: service.position() > 3)
    assert screen.window.evaluate(filled) == pytest.approx(service.position() / 6, abs=0.12)
    screen.shoot("count-in")
    service.pause()
    screen.sees("#notice", "Paused")
    at = screen.window.evaluate(filled)
    screen.window.wait_for_timeout(700)
    assert screen.window.evaluate(filled) == pytest.approx(at, abs=0.001)
    service.resume()
    screen.waits_for(lambda: screen.current() == "First")
    assert service.position() == pytest.approx(6.0, abs=0.4)


def test_a_lost_server_is_missed_and_found_again(
    service: MusicService, logged_in: dict[str, str], unused_port: int, open_screen: Callable[..., Screen]
) -> None:
    service.play(song(step=0.8))
    first = process_at(unused_port)
    screen = open_screen(
        f"http://127.0.0.1:{unused_port}", expect=("ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE", "ERR_EMPTY")
    )
    screen.waits_for(screen.current)
    first.kill()
    first.wait()
    screen.sees("#notice", "Connection lost")
    lost_at = screen.current()
    screen.waits_for(lambda: screen.current() not in {"", lost_at})  # it counts on
    screen.shoot("connection-lost")
    streams = [time.monotonic()]
    screen.window.on(
        "request", lambda request: streams.append(time.monotonic()) if request.url.endswith("/events") else None
    )
    screen.waits_for(lambda: len(streams) >= 4, within=20)
    assert streams[-1] - streams[-2] > 1.0  # the pauses grow
    second = process_at(unused_port)
    screen.waits_for(lambda: not screen.window.locator("#notice").is_visible(), within=30)
    index = int(screen.waits_for(screen.current).rsplit("(", 1)[1].rstrip(")"))
    assert (index + 1) * 0.8 == pytest.approx(service.position(), abs=1.3)
    second.kill()
    second.wait()


class TestFaces:
    def test_waiting(self, server: Page, open_screen: Callable[..., Screen]) -> None:
        screen = open_screen(server.url)
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
        server: Page,
        open_screen: Callable[..., Screen],
        name: str,
        playing: Song,
        words: str,
    ) -> None:
        service.play(playing)
        screen = open_screen(server.url)
        screen.sees("#face-title", words)
        assert screen.text("#title") == "Song"
        screen.shoot(name)

    def test_lyrics_without_times(
        self, service: MusicService, server: Page, open_screen: Callable[..., Screen]
    ) -> None:
        service.play(Song("Song", "Artist", plain="\n".join(WORDS * 8)))
        screen = open_screen(server.url)
        screen.sees("#plain", WORDS[0])
        assert not screen.window.locator("#face").is_visible()
        screen.shoot("plain")

    def test_a_podcast(self, service: MusicService, server: Page, open_screen: Callable[..., Screen]) -> None:
        service.item = {"name": "Episode 7", "type": "episode", "uri": "e", "show": {"name": "The Show"}}
        screen = open_screen(server.url)
        screen.sees("#face-title", "podcast")
        assert screen.text("#artist") == "The Show"
        screen.shoot("podcast")

    def test_rate_limited(self, service: MusicService, server: Page, open_screen: Callable[..., Screen]) -> None:
        service.faults[PLAYING] = [Fault(429, headers={"Retry-After": "90"})]
        screen = open_screen(server.url)
        screen.sees("#face-title", "Spotify asks for a pause")
        assert "Until " in screen.text("#face-text")
        screen.shoot("rate-limited")

    def test_spotify_is_unreachable_from_the_start(
        self, service: MusicService, server: Page, open_screen: Callable[..., Screen]
    ) -> None:
        service.broken[PLAYING] = Fault(503)
        screen = open_screen(server.url)
        screen.sees("#face-title", "Spotify cannot be reached")
        screen.shoot("unreachable")

    def test_spotify_goes_away_and_the_song_counts_on(
        self, service: MusicService, server: Page, open_screen: Callable[..., Screen]
    ) -> None:
        service.play(song(step=0.8))
        screen = open_screen(server.url)
        screen.waits_for(screen.current)
        service.broken[PLAYING] = Fault(503)
        screen.sees("#notice", "Spotify cannot be reached")
        at = screen.current()
        screen.waits_for(lambda: screen.current() not in {"", at})
        service.broken.clear()
        screen.waits_for(lambda: not screen.window.locator("#notice").is_visible(), within=40)

    def test_an_account_that_spotify_refuses(
        self, service: MusicService, server: Page, open_screen: Callable[..., Screen]
    ) -> None:
        service.broken[PLAYING] = Fault(403)
        screen = open_screen(server.url)
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
        with serving(lyrics_app_port=unused_port, redirect_uri=redirect) as server:
            screen = open_screen(server.url)
            screen.sees("#face-title", "Not logged in")
            screen.sees("#connect")
            screen.shoot("not-logged-in")
            screen.window.click("#connect")
            screen.sees("#lines .current:not(.gap)")
            assert screen.window.url == f"{server.url}/"

    def test_the_address_can_be_pasted(
        self, service: MusicService, environ: dict[str, str], open_screen: Callable[..., Screen]
    ) -> None:
        service.play(song(step=1.0))
        with serving() as server:
            screen = open_screen(server.url, expect=("400",))
            screen.window.click("#connect")
            screen.sees("#paste-steps", "http://127.0.0.1:8888/callback")
            screen.shoot("paste")
            address = screen.window.get_attribute("#authorize", "href")
            state = address.partition("state=")[2].partition("&")[0]
            screen.window.fill("#pasted", "nonsense")
            screen.window.press("#pasted", "Enter")
            screen.sees("#login-message", "Paste the whole address")
            screen.window.fill("#pasted", service.way_back("http://127.0.0.1:8888/callback", state))
            screen.window.press("#pasted", "Enter")
            screen.waits_for(screen.current)

    def test_from_elsewhere_the_page_says_what_to_do(
        self, environ: dict[str, str], open_screen: Callable[..., Screen]
    ) -> None:
        with serving() as server:
            screen = open_screen(server.url, extra_http_headers={"X-Forwarded-For": "10.0.0.7"})
            screen.sees("#login-message", "LYRICS_APP_TOKEN")
            assert "spotify-scope auth" in screen.text("#face-text")
            assert not screen.window.locator("#connect").is_visible()
            screen.shoot("not-logged-in-elsewhere")

    def test_the_token_opens_the_page(
        self, service: MusicService, logged_in: dict[str, str], open_screen: Callable[..., Screen]
    ) -> None:
        service.play(song(step=1.0))
        with serving(lyrics_app_token="open sesame") as server:
            screen = open_screen(server.url, expect=("401",))
            screen.sees("p", "needs its token")
            screen.shoot("token")
            screen.window.fill("input", "wrong")
            screen.window.press("input", "Enter")
            screen.sees("p", "not the right one")
            screen.window.fill("input", "open sesame")
            screen.window.press("input", "Enter")
            screen.waits_for(screen.current)
            assert "sesame" not in screen.window.url


def test_what_strangers_write_is_only_text(
    service: MusicService, server: Page, open_screen: Callable[..., Screen]
) -> None:
    attack = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'
    service.play(
        Song(
            f"Title {attack}",
            f"Artist {attack}",
            lrc=f"[00:00.10]{attack}\n[00:03.00]<00:03.00>{attack} <00:03.10>javascript:alert(1)\n[00:50]x",
        )
    )
    service.body_changes = {}
    screen = open_screen(server.url)
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


def test_plain_lyrics_are_only_text_too(
    service: MusicService, server: Page, open_screen: Callable[..., Screen]
) -> None:
    attack = '<img src=x onerror="window.hacked=1">'
    service.play(Song("S", "A", plain=attack))
    screen = open_screen(server.url)
    screen.sees("#plain")
    assert screen.text("#plain") == attack
    assert screen.window.evaluate("() => window.hacked") is None


@pytest.mark.parametrize(("width", "height"), [(320, 568), (390, 844), (1280, 720), (1920, 1080)])
def test_it_fits_every_screen(
    service: MusicService, server: Page, open_screen: Callable[..., Screen], width: int, height: int
) -> None:
    service.play(song(step=2.0, title="A Song with a Title That Is Much Longer than Any Phone Is Wide"), 20.5)
    screen = open_screen(server.url, viewport={"width": width, "height": height})
    screen.waits_for(screen.current)
    screen.window.keyboard.press("p")
    screen.shoot(f"{width}x{height}")
    assert screen.window.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    stage = screen.window.locator("#stage").bounding_box()
    line = screen.window.locator("#lines .current").bounding_box()
    assert stage["y"] <= line["y"]
    assert line["y"] + line["height"] <= stage["y"] + stage["height"]
    assert line["x"] >= 0
    assert line["x"] + line["width"] <= width
    size = screen.window.evaluate("() => parseFloat(getComputedStyle(document.getElementById('lines')).fontSize)")
    assert size >= max(24, min(width, height) / 22)
    for button in screen.window.locator("#tools button:visible").all():
        box = button.bounding_box()
        assert box["height"] >= 32
        assert 0 <= box["x"] <= box["x"] + box["width"] <= width


def test_the_background_has_the_artwork_s_colours_and_stays_dark(
    service: MusicService, server: Page, open_screen: Callable[..., Screen]
) -> None:
    service.play(song(step=2.0))
    screen = open_screen(server.url)
    screen.sees("#artwork")
    colours = """() => [1, 2, 3].map((n) => getComputedStyle(document.documentElement)
        .getPropertyValue(`--colour-${n}`).match(/[0-9]+/g).map(Number))"""
    left, middle, right = screen.window.evaluate(colours)
    assert left[2] > left[0]  # blue
    assert right[0] > right[2]  # red
    for rgb in (left, middle, right):
        red, green, blue = ((value / 255) ** 2.4 for value in rgb)
        assert 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05) > 7  # WCAG AAA for white words


class TestKeyboard:
    @pytest.fixture
    def screen(self, service: MusicService, server: Page, open_screen: Callable[..., Screen]) -> Screen:
        service.play(song(step=1.0))
        screen = open_screen(server.url)
        screen.waits_for(screen.current)
        return screen

    def test_full_screen(self, screen: Screen) -> None:
        screen.window.keyboard.press("f")
        screen.waits_for(lambda: screen.window.evaluate("() => Boolean(document.fullscreenElement)"))
        screen.window.keyboard.press("f")
        screen.waits_for(lambda: not screen.window.evaluate("() => Boolean(document.fullscreenElement)"))

    def test_the_timing_is_shifted_and_kept(self, screen: Screen, service: MusicService) -> None:
        for _ in range(5):
            screen.window.keyboard.press("]")
        assert screen.text("#shift") == "+500 ms"
        screen.window.reload()
        assert screen.text("#shift") == "+500 ms"
        screen.waits_for(screen.current)
        screen.window.evaluate(WATCH_LINES)
        screen.window.wait_for_timeout(3500)
        started_at = service.started_at() - time.monotonic() + time.time()
        for text, at in screen.window.evaluate("() => window.lit"):
            index = int(text.rsplit("(", 1)[1].rstrip(")"))
            assert at - started_at - (index + 1) == pytest.approx(0.5, abs=0.2)
        for _ in range(7):
            screen.window.keyboard.press("[")
        assert screen.text("#shift") == "−200 ms"

    def test_the_prompt(self, screen: Screen) -> None:
        screen.window.keyboard.press("p")
        screen.sees("#prompt", "Early One Morning by Traditional")
        screen.window.keyboard.press("p")
        assert not screen.window.locator("#prompt").is_visible()

    def test_help_and_the_qr_code(self, screen: Screen) -> None:
        screen.window.keyboard.press("?")
        screen.sees("#help", "Full screen")
        screen.sees("#awake", "stays awake")
        screen.shoot("help")
        screen.window.keyboard.press("Escape")
        screen.window.keyboard.press("q")
        screen.waits_for(lambda: screen.window.evaluate("() => document.getElementById('qr').naturalWidth > 0"))
        screen.sees("#address", "http://")
        screen.shoot("qr-code")
        screen.window.keyboard.press("Escape")
        assert not screen.window.locator("dialog[open]").count()

    def test_everything_can_be_reached_by_tab(self, screen: Screen) -> None:
        reached = set()
        for _ in range(12):
            screen.window.keyboard.press("Tab")
            reached.add(screen.window.evaluate("() => document.activeElement.id"))
        assert {"earlier", "later", "show-prompt", "show-code", "full-screen", "show-help"} <= reached


def test_screen_readers_get_each_line_politely(
    service: MusicService, server: Page, open_screen: Callable[..., Screen]
) -> None:
    service.play(song(step=0.7))
    screen = open_screen(server.url)
    assert screen.window.get_attribute("#announcer", "aria-live") == "polite"
    heard = set()
    for _ in range(60):
        heard.add(screen.text("#announcer"))
        screen.window.wait_for_timeout(40)
    assert len(heard) >= 3
    assert all("(" in words for words in heard - {""})  # lines, and nothing about the way to them
    assert screen.window.locator("#lines [aria-current=true]").count() == 1


def test_those_who_want_no_motion_get_none(
    service: MusicService, server: Page, open_screen: Callable[..., Screen]
) -> None:
    service.play(song(step=0.7, first=4.5))
    screen = open_screen(server.url, reduced_motion="reduce")
    screen.sees("#lines .gap.current")
    screen.waits_for(screen.current)
    moving = "() => document.getAnimations().filter((each) => each.playState === 'running').length"
    for _ in range(20):
        assert screen.window.evaluate(moving) == 0
        screen.window.wait_for_timeout(50)


def test_it_rests_while_nothing_changes(
    service: MusicService, server: Page, open_screen: Callable[..., Screen]
) -> None:
    service.play(song(step=3.0))
    screen = open_screen(server.url)
    screen.waits_for(screen.current)
    tools = screen.window.context.new_cdp_session(screen.window)
    tools.send("Performance.enable")

    def spent(seconds: float) -> float:
        """Return the share of the time in which the page was busy."""
        before = _task_seconds(tools)
        screen.window.wait_for_timeout(seconds * 1000)
        return (_task_seconds(tools) - before) / seconds

    assert spent(4) < 0.1
    service.pause()
    screen.sees("#notice", "Paused")
    screen.window.wait_for_timeout(600)
    assert spent(4) < 0.01


def _task_seconds(tools: Any) -> float:
    metrics = tools.send("Performance.getMetrics")["metrics"]
    return float(next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration"))


def test_nothing_is_loaded_from_elsewhere_but_artwork(
    service: MusicService, server: Page, open_screen: Callable[..., Screen]
) -> None:
    service.play(song(step=1.0))
    screen = open_screen(server.url)
    screen.waits_for(screen.current)
    screen.window.keyboard.press("q")
    screen.sees("#address", "http://")
    elsewhere = {url for url in screen.requested if not url.startswith(server.url)}
    assert elsewhere == {"https://i.scdn.co/image/1"}


def test_without_internet_there_is_only_no_artwork(
    service: MusicService, server: Page, open_screen: Callable[..., Screen]
) -> None:
    service.play(song(step=1.0))
    screen = open_screen(server.url, expect=("ERR_INTERNET_DISCONNECTED", "ERR_NAME"))
    screen.window.context.unroute_all()
    screen.window.context.route("https://**", lambda route: route.abort("internetdisconnected"))
    screen.window.reload()
    screen.waits_for(screen.current)
    assert not screen.window.locator("#artwork").is_visible()
