"""The page on small and large screens, and under the keys."""

from collections.abc import Callable

import pytest

from ..support.browser import Screen
from ..support.music_service import MusicService
from ..support.page import Page
from ..support.songs import number_of, song


@pytest.mark.parametrize(("width", "height"), [(320, 568), (568, 320), (390, 844), (1280, 720), (1920, 1080)])
def test_it_fits_every_screen(
    service: MusicService, page: Page, open_screen: Callable[..., Screen], width: int, height: int
) -> None:
    service.play(song(step=2.0, title="A Title That Is Much Longer than Any Phone Is Wide " * 4), 20.5)
    screen = open_screen(page.url, viewport={"width": width, "height": height})
    screen.waits_for(screen.current)
    screen.window.keyboard.press("p")
    screen.shoot(f"{width}x{height}")
    assert screen.window.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    stage = screen.window.locator("#stage").bounding_box()
    assert stage["height"] > 0.35 * height
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
        assert box["y"] + box["height"] <= height


def test_the_background_has_the_artwork_s_colours_and_stays_dark(
    service: MusicService, page: Page, open_screen: Callable[..., Screen]
) -> None:
    service.play(song(step=2.0))
    screen = open_screen(page.url)
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
    def screen(self, service: MusicService, page: Page, open_screen: Callable[..., Screen]) -> Screen:
        service.play(song(step=1.0))
        screen = open_screen(page.url)
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
        assert screen.text("#shift") == "500 ms later"
        screen.window.reload()
        assert screen.text("#shift") == "500 ms later"
        screen.waits_for(screen.current)
        for text, at in screen.lit(seconds=3.5):
            assert at - service.started_at() - (number_of(text) + 1) == pytest.approx(0.5, abs=0.05)
        for _ in range(7):
            screen.window.keyboard.press("[")
        assert screen.text("#shift") == "200 ms earlier"

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
        screen.window.keyboard.press("?")
        screen.window.keyboard.press("q")
        assert screen.window.locator("dialog[open]").get_attribute("id") == "code"

    def test_a_screen_that_will_go_dark_is_not_promised_to_stay_awake(
        self, service: MusicService, page: Page, open_screen: Callable[..., Screen]
    ) -> None:
        screen = open_screen(f"{page.url}/healthz")
        screen.window.add_init_script("WakeLock.prototype.request = () => Promise.reject(new Error('saving'));")
        screen.window.goto(page.url)
        screen.window.keyboard.press("?")
        screen.sees("#awake", "go dark")

    def test_the_buttons_leave_a_screen_that_nobody_touches_but_not_the_keyboard(self, screen: Screen) -> None:
        opacity = "() => Number(getComputedStyle(document.getElementById('tools')).opacity)"
        screen.waits_for(lambda: screen.window.evaluate(opacity) == 0)
        screen.window.keyboard.press("Tab")
        screen.waits_for(lambda: screen.window.evaluate(opacity) == 1)
        screen.sees("body.idle")
        assert screen.window.evaluate(opacity) == 1

    def test_everything_can_be_reached_by_tab(self, screen: Screen) -> None:
        reached = set()
        for _ in range(12):
            screen.window.keyboard.press("Tab")
            reached.add(screen.window.evaluate("() => document.activeElement.id"))
        assert {"earlier", "later", "show-prompt", "show-code", "full-screen", "show-help"} <= reached
