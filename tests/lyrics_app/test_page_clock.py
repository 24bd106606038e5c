"""The page's clocks, in a real browser, and what it does while nobody looks."""

from collections.abc import Callable
from typing import Any

import pytest

from ..support.browser import Screen
from ..support.music_service import MusicService
from ..support.page import Page
from ..support.songs import song

SONG_CLOCK = """
async (steps) => {
  const { SongClock } = await import("/static/clock.js");
  const clock = new SongClock();
  return steps.map(([position, takenAt, at, changes]) => {
    const track = { id: "1", title: "Song", artist: "Artist", duration: 100, ...changes?.track };
    const state = { position, taken_at: takenAt, is_playing: true, ...changes, track };
    if (position !== null) clock.update(state, takenAt);
    return clock.position(at);
  });
}
"""
"""Takes steps of position, server time at which it was true and server time at which to look, and returns what is
shown. Without a position, nothing is told and the clock runs on."""


@pytest.fixture
def screen(page: Page, open_screen: Callable[..., Screen]) -> Screen:
    return open_screen(page.url)


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ([14.8, 105, 105], 15),  # a correction: it waits
        ([14.8, 105, 105.1], 15),
        ([14.8, 105, 105.5], 15.3),
        ([15.2, 105, 105], 15.2),
        ([14.6, 105, 105], 14.6),  # the listener went back
        ([15, 100, 105], 20),
        ([14.8, 105, 105, {"is_playing": False}], 14.8),
        ([14.8, 105, 105, {"track": {"id": "2"}}], 14.8),
        ([14.8, 105, 105, {"track": {"title": "Another"}}], 14.8),  # files of one's own have no id
        ([99, 105, 108], 100),
        ([-3, 105, 106], 0),
    ],
)
def test_what_is_told_about_a_song_that_plays(screen: Screen, told: list[Any], shown: float) -> None:
    before = [[10, 100, 100], [None, 0, 105]]
    assert screen.window.evaluate(SONG_CLOCK, [*before, told]) == pytest.approx([10, 15, shown])


def test_a_pause_after_a_correction_shows_where_the_song_stands(screen: Screen) -> None:
    steps = [[10, 100, 105], [14.8, 105, 105.1], [14.9, 105.1, 109, {"is_playing": False}], [14.9, 109, 110]]
    assert screen.window.evaluate(SONG_CLOCK, steps) == pytest.approx([15, 15, 14.9, 15.9])


def test_what_a_server_says_bounds_its_clock(screen: Screen) -> None:
    heard = """
    async (answers) => {
      const { ServerClock, browserTime } = await import("/static/clock.js");
      const clock = new ServerClock();
      return answers.map(([serverTime, askedAgo]) => {
        clock.heard(serverTime, askedAgo === null ? undefined : browserTime() - askedAgo);
        return clock.now();
      });
    }
    """
    answers = [
        (1000, 0.5, 1000),
        (999, None, 1000),  # came late
        (1001, None, 1001),
        (1000.8, 0.5, 1001),  # took a while
        (900, 0.5, 900.5),  # another server
        (2000, 0.5, 2000),
    ]
    shown = screen.window.evaluate(heard, [answer[:2] for answer in answers])
    assert shown == pytest.approx([answer[2] for answer in answers], abs=0.05)


def test_a_page_in_the_background_comes_to_rest(
    service: MusicService, page: Page, open_screen: Callable[..., Screen]
) -> None:
    service.play(song(step=0.5))
    screen = open_screen(f"{page.url}/healthz")
    window = screen.window
    window.add_init_script("Object.defineProperty(document, 'hidden', { get: () => window.isHidden ?? false });")
    window.clock.install()
    window.goto(page.url)
    screen.waits_for(screen.current)
    window.evaluate("() => { window.isHidden = true; document.dispatchEvent(new Event('visibilitychange')); }")
    service.play(song(step=0.5, title="Another Song"))
    screen.sees("#title", "Another Song")  # for a while it still hears what happens
    window.clock.fast_forward(61_000)
    window.wait_for_timeout(300)
    asked = len(screen.requested)
    service.play(song(step=0.5, title="A Third Song"))
    for _ in range(5):
        window.clock.fast_forward(200_000)
        window.wait_for_timeout(300)
    assert screen.requested[asked:] == []
    assert screen.text("#title") == "Another Song"
    window.evaluate("() => { window.isHidden = false; document.dispatchEvent(new Event('visibilitychange')); }")
    screen.sees("#title", "A Third Song")
    screen.waits_for(screen.current)
