"""The page for everybody: axe in each state, contrast on every cover, long lines, far screens, other scripts."""

from collections.abc import Callable
from typing import Any

import pytest

from ..support.browser import Screen
from ..support.music_service import Fault, MusicService, Song
from ..support.page import Page, serving
from ..support.songs import song

PLAYING = "/v1/me/player/currently-playing"
TOKEN = "kw7f-p3mz-9hqd-x2ua"
WORD_BY_WORD = "[00:00.50]<00:00.50>Early <00:03.00>one <00:05.00>morning\n[00:09.00]Just as the sun"


def violations(screen: Screen) -> list[str]:
    """Return what axe-core has against the page as it is now."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    found = axe.run(screen.window).response["violations"]
    return [f"{each['id']}: {node['html']}" for each in found for node in each["nodes"]]


class TestAxe:
    @pytest.mark.parametrize(
        ("play", "shows"),
        [
            (song(step=2.0), "#lines .current"),
            (Song("Plain", "Artist", plain="Words\nand more words\n" * 40), "#plain"),
            (Song("Quiet", "Artist", instrumental=True), "#face-title"),
            (Song("Unknown", "Artist"), "#face-title"),
            (None, "#face-title"),
        ],
        ids=["lines", "plain", "instrumental", "no lyrics", "nothing plays"],
    )
    def test_each_state_is_clean(
        self,
        service: MusicService,
        page: Page,
        open_screen: Callable[..., Screen],
        play: Song | None,
        shows: str,
    ) -> None:
        if play is not None:
            service.play(play, 3.0)
        screen = open_screen(page.url)
        screen.sees(shows)
        screen.window.wait_for_timeout(400)
        assert violations(screen) == []

    def test_paused_with_a_notice_and_the_prompt(
        self, service: MusicService, page: Page, open_screen: Callable[..., Screen]
    ) -> None:
        service.play(song(step=2.0), 3.0)
        service.pause()
        screen = open_screen(page.url)
        screen.sees("#notice", "Paused")
        screen.window.keyboard.press("p")
        assert violations(screen) == []

    @pytest.mark.parametrize("key", ["?", "q"])
    def test_the_dialogs(
        self, service: MusicService, page: Page, open_screen: Callable[..., Screen], key: str
    ) -> None:
        service.play(song(step=2.0))
        screen = open_screen(page.url)
        screen.waits_for(screen.current)
        screen.window.keyboard.press(key)
        screen.sees("dialog[open] button")
        assert violations(screen) == []

    def test_the_login(self, environ: dict[str, str], open_screen: Callable[..., Screen]) -> None:
        with serving() as page:
            screen = open_screen(page.url)
            screen.sees("#connect")
            screen.window.click("#connect")
            screen.sees("#paste")
            assert violations(screen) == []

    def test_the_door(self, environ: dict[str, str], open_screen: Callable[..., Screen]) -> None:
        with serving(lyrics_app_token=TOKEN) as page:
            screen = open_screen(page.url, expect=("401",))
            screen.sees("h1", "needs its token")
            assert violations(screen) == []


class TestTheDoor:
    @pytest.mark.parametrize("sign", ["?", "#"])
    def test_a_link_s_token_leaves_the_address_and_the_way_back(
        self, service: MusicService, logged_in: dict[str, str], open_screen: Callable[..., Screen], sign: str
    ) -> None:
        service.play(song(step=1.0))
        with serving(lyrics_app_token=TOKEN) as page:
            screen = open_screen(f"{page.url}/{sign}token={TOKEN}", expect=("401",))
            screen.waits_for(screen.current)
            assert screen.window.url == f"{page.url}/"
            for _ in range(3):
                screen.window.go_back(wait_until="commit")
                assert TOKEN not in screen.window.url


def luminance(colour: list[float]) -> float:
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (channel / 255 for channel in colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(ink: list[float], ground: list[float]) -> float:
    """Return the contrast of a colour with an alpha value on a ground, as WCAG counts it."""
    alpha = ink[3] if len(ink) > 3 else 1.0
    mixed = [alpha * ink[channel] + (1 - alpha) * ground[channel] for channel in range(3)]
    bright, dark = sorted((luminance(mixed), luminance(ground)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("cover", ["white", "yellow", "red", "lime", "blue", "cyan", "grey", "black"])
def test_contrast_on_every_cover(
    service: MusicService, page: Page, open_screen: Callable[..., Screen], cover: str
) -> None:
    service.play(song(step=9.0), 18.5)  # no line changes its colour while they are read
    screen = open_screen(page.url)
    screen.waits_for(screen.current)
    numbers = """(cover) => {
      const canvas = document.createElement('canvas');
      canvas.width = canvas.height = 8;
      const context = canvas.getContext('2d');
      context.fillStyle = cover;
      context.fillRect(0, 0, 8, 8);
      const picture = document.getElementById('artwork');
      return new Promise((done) => {
        picture.addEventListener('load', () => setTimeout(() => {
          const of = (text) => text.match(/[0-9.]+/g).map(Number);
          const colour = (query) => of(getComputedStyle(document.querySelector(query)).color);
          const root = getComputedStyle(document.documentElement);
          done({
            grounds: [1, 2, 3].map((n) => of(root.getPropertyValue(`--colour-${n}`))),
            current: colour('#lines li.current'), past: colour('#lines li.past'),
            next: colour('#lines li.current + li'), artist: colour('#artist'),
          });
        }, 700), { once: true });
        // The page's policy shows pictures of Spotify's only, and each of them is the tests' own: this is one.
        window.cover = canvas;
        const draw = CanvasRenderingContext2D.prototype.drawImage;
        CanvasRenderingContext2D.prototype.drawImage = function (_, ...rest) { draw.call(this, canvas, ...rest); };
        picture.src = `${picture.src}?${cover}`;
      });
    }"""
    found: dict[str, Any] = screen.window.evaluate(numbers, cover)
    for ground in [*found["grounds"], [16, 16, 20]]:
        assert contrast(found["current"], ground) >= 7
        assert contrast(found["artist"], ground) >= 7
        assert contrast(found["past"], ground) >= 3
        assert contrast(found["next"], ground) >= 3


class TestLongLines:
    def test_a_line_longer_than_the_stage_is_made_smaller(
        self, service: MusicService, page: Page, open_screen: Callable[..., Screen]
    ) -> None:
        service.play(
            Song("Song", "Artist", lrc="[00:00.10]" + "A line that goes on " * 40 + "\n[05:00]x", duration=400)
        )
        screen = open_screen(page.url, viewport={"width": 568, "height": 320})
        screen.waits_for(screen.current)

        def fits() -> bool:
            stage = screen.window.locator("#stage").bounding_box()
            line = screen.window.locator("#lines .current").bounding_box()
            ends = line["y"] + line["height"], stage["y"] + stage["height"]
            return bool(
                line["height"] <= stage["height"] and stage["y"] - 1 <= line["y"] and ends[0] <= ends[1] + 1
            )

        screen.waits_for(fits)

    @pytest.mark.parametrize(
        ("text", "language"), [("夜空に光る星を見上げている", "ja"), ("안녕하세요 여러분", "ko")]
    )
    def test_scripts_whose_words_a_browser_must_know(
        self, service: MusicService, page: Page, open_screen: Callable[..., Screen], text: str, language: str
    ) -> None:
        service.play(Song("Song", "Artist", lrc=f"[00:00.10]{text}\n[05:00]x", duration=400))
        screen = open_screen(page.url)
        screen.waits_for(screen.current)
        assert screen.window.locator("#lines .current").get_attribute("lang") == language


class TestFarAndNear:
    @pytest.mark.parametrize(("width", "height", "least"), [(844, 390, 150), (1280, 720, 350), (3840, 2160, 1000)])
    def test_the_code_fits_and_can_be_scanned(
        self,
        service: MusicService,
        page: Page,
        open_screen: Callable[..., Screen],
        width: int,
        height: int,
        least: int,
    ) -> None:
        service.play(song(step=2.0))
        screen = open_screen(page.url, viewport={"width": width, "height": height})
        screen.waits_for(screen.current)
        screen.window.keyboard.press("q")
        screen.sees("#qr")
        screen.waits_for(lambda: "http" in screen.text("#address"))
        code = screen.window.locator("#qr").bounding_box()
        dialog = screen.window.locator("#code").bounding_box()
        assert code["width"] == pytest.approx(code["height"], rel=0.02)
        assert code["height"] >= least
        assert dialog["y"] >= 0
        assert dialog["y"] + dialog["height"] <= height
        screen.shoot(f"code-{width}x{height}")

    def test_on_a_large_screen_the_words_are_large(
        self, service: MusicService, page: Page, open_screen: Callable[..., Screen]
    ) -> None:
        service.play(song(step=2.0))
        screen = open_screen(page.url, viewport={"width": 3840, "height": 2160})
        screen.waits_for(screen.current)
        size = "(query) => parseFloat(getComputedStyle(document.querySelector(query)).fontSize)"
        assert screen.window.evaluate(size, "#lines") >= 100
        assert screen.window.evaluate(size, "#title") >= 50
        screen.shoot("3840x2160")

    def test_a_notice_leaves_the_title_its_room(
        self, service: MusicService, page: Page, open_screen: Callable[..., Screen]
    ) -> None:
        service.play(song(step=2.0))
        screen = open_screen(page.url, viewport={"width": 600, "height": 800})
        screen.waits_for(screen.current)
        service.broken[PLAYING] = Fault(500)
        screen.sees("#notice", "cannot be reached")
        title = screen.window.locator(".names").bounding_box()
        notice = screen.window.locator("#notice").bounding_box()
        assert title["width"] > 400
        assert notice["y"] >= title["y"] + title["height"]


class TestForcedColours:
    def test_everything_is_still_seen(
        self, service: MusicService, page: Page, open_screen: Callable[..., Screen]
    ) -> None:
        service.play(Song("Song", "Artist", lrc=WORD_BY_WORD, duration=60))
        screen = open_screen(page.url, forced_colors="active")
        screen.waits_for(screen.current)
        colour = "(query) => getComputedStyle(document.querySelector(query)).color"
        shown = [
            screen.window.evaluate(colour, query) for query in ("#lines .current span", "#lines .current .sung")
        ]
        assert all("0)" not in each.replace("0, 0, 0)", "") for each in shown)  # not transparent
        assert screen.window.evaluate(
            "() => getComputedStyle(document.getElementById('bar')).backgroundColor !== 'rgba(0, 0, 0, 0)'"
        )
        screen.shoot("forced-colours")


def test_a_word_fills_while_it_is_sung(
    service: MusicService, page: Page, open_screen: Callable[..., Screen]
) -> None:
    lrc = "[00:05.00]<00:05.00>Early <00:08.00>one"
    service.play(Song("Song", "Artist", lrc=lrc, duration=60))
    screen = open_screen(page.url)
    filled = """() => {
      const sung = document.querySelectorAll('#lines .sung');
      return sung.length === 1 ? 100 - parseFloat(getComputedStyle(sung[0]).backgroundPositionX) : null;
    }"""
    screen.waits_for(lambda: screen.window.evaluate(filled) is not None, within=15)
    shares = []
    for _ in range(5):
        shares.append(screen.window.evaluate(filled))
        screen.window.wait_for_timeout(100)
    shares = [share for share in shares if share is not None]
    assert shares == sorted(shares)
    assert shares[0] < shares[-1] < 100  # on its way, and not there at once


def test_a_word_stands_still_with_the_song(
    service: MusicService, page: Page, open_screen: Callable[..., Screen]
) -> None:
    service.play(Song("Song", "Artist", lrc=WORD_BY_WORD, duration=60), 1.0)
    service.pause()
    screen = open_screen(page.url)
    screen.sees("#lines .sung")
    share = "() => 100 - parseFloat(getComputedStyle(document.querySelector('#lines .sung')).backgroundPositionX)"
    before = screen.window.evaluate(share)
    assert before == pytest.approx(100 * 0.5 / 2.5, abs=3)  # of a word from 0.5 to 3 s
    screen.window.wait_for_timeout(1200)
    assert screen.window.evaluate(share) == before


def test_a_token_may_hold_any_sign(
    service: MusicService, logged_in: dict[str, str], open_screen: Callable[..., Screen]
) -> None:
    service.play(song(step=1.0))
    token = "abcd+efgh-j%mn&pqrs="
    with serving(lyrics_app_token=token) as page:
        screen = open_screen(f"{page.url}/#token={token}", expect=("401",))
        screen.waits_for(screen.current)


class TestPlain:
    def test_it_goes_with_the_song_unless_somebody_scrolls(
        self, service: MusicService, page: Page, open_screen: Callable[..., Screen]
    ) -> None:
        service.play(Song("Song", "Artist", plain="\n".join(f"Row {n}" for n in range(200)), duration=100), 20)
        screen = open_screen(page.url)
        screen.sees("#plain", "Row 1")
        at = """() => {
          const { scrollTop, scrollHeight, clientHeight } = document.getElementById('plain');
          return scrollTop / (scrollHeight - clientHeight);
        }"""
        screen.waits_for(lambda: 0.15 < screen.window.evaluate(at) < 0.4)
        service.seek(70)
        screen.waits_for(lambda: screen.window.evaluate(at) > 0.65)
        screen.window.mouse.move(640, 360)
        for _ in range(6):  # nobody turns a wheel by one notch only
            screen.window.mouse.wheel(0, -3_000)
            screen.window.wait_for_timeout(100)
        screen.waits_for(lambda: screen.window.evaluate(at) < 0.1)
        screen.window.wait_for_timeout(1500)
        assert screen.window.evaluate(at) < 0.1


class TestFaces:
    def test_an_ad_is_not_silence(
        self, service: MusicService, page: Page, open_screen: Callable[..., Screen]
    ) -> None:
        service.play(song(step=2.0))
        service.body_changes = {"currently_playing_type": "ad", "item": None}
        screen = open_screen(page.url)
        screen.sees("#face-title", "An ad")
        service.body_changes = {}
        screen.waits_for(screen.current)

    def test_a_server_that_goes_while_nothing_plays_is_missed(
        self, start_server: Callable[[], Any], unused_port: int, open_screen: Callable[..., Screen]
    ) -> None:
        server = start_server()
        screen = open_screen(Page(unused_port).url, expect=("Failed to load", "ERR_"))
        screen.sees("#face-title", "Play something")
        server.kill()
        screen.sees("#face-title", "Connection lost")
