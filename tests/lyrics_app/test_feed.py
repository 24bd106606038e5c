"""The feed, with a listener at each of its speeds."""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from lyrics_app import feed as feed_module
from lyrics_app.feed import Feed
from lyrics_app.state import Line, Lyrics, LyricsKind, Now, State, server_time


class Readings:
    """Stands for the reader: returns the state that the test sets, or fails."""

    def __init__(self) -> None:
        self.fails = False
        self.reads = 0
        self.now = Now(
            server_time=0,
            state=State.OK,
            problem="",
            retry_at=None,
            source="Spotify",
            is_estimated=False,
            track=None,
            is_playing=True,
            position=0,
            taken_at=0,
            lyrics=Lyrics(kind=LyricsKind.NOT_FOUND, lines=[], plain=""),
            line=None,
            next_line=None,
            prompt="0",
            prompt_is_sent=False,
        )

    def change(self, **fields: Any) -> None:
        self.now = self.now.model_copy(update=fields)

    def read(self) -> tuple[Now, float]:
        self.reads += 1
        if self.fails:
            raise RuntimeError("broken")
        return self.now.model_copy(update={"server_time": server_time()}), 1.0


async def following(events: AsyncIterator[bytes]) -> tuple[str, dict[str, Any]]:
    event = (await asyncio.wait_for(anext(events), 5)).decode()
    name, data, *rest = event.split("\n")
    assert rest == ["", ""]
    return name.removeprefix("event: "), json.loads(data.removeprefix("data: "))


def test_a_quick_listener_gets_each_change_and_a_slow_one_everything_at_last() -> None:
    async def scenario() -> None:
        readings = Readings()
        feed = Feed(readings)  # type: ignore[arg-type]
        quick, slow = feed.events(), feed.events()
        assert (await following(quick))[0] == (await following(slow))[0] == "now"
        for number in range(1, 6):
            readings.change(prompt=str(number))
            name, data = await following(quick)
            assert (name, data["prompt"], set(data)) == ("change", str(number), {"prompt", "server_time"})
        name, data = await following(slow)
        assert (name, data["prompt"]) == ("now", "5")
        readings.change(is_playing=False)
        assert (await following(slow))[1]["is_playing"] is False
        feed.close()

    asyncio.run(scenario())


def test_it_looks_only_while_somebody_listens() -> None:
    async def scenario() -> None:
        readings = Readings()
        feed = Feed(readings)  # type: ignore[arg-type]
        first, second = feed.events(), feed.events()
        await following(first)
        await following(second)
        await first.aclose()
        before = readings.reads
        await asyncio.sleep(0.3)
        assert 3 <= readings.reads - before <= 8  # twenty times a second, for all of them together
        await second.aclose()
        before = readings.reads
        await asyncio.sleep(0.3)
        assert readings.reads == before
        readings.change(prompt="later")
        assert (await following(feed.events()))[1]["prompt"] == "later"

    asyncio.run(scenario())


def test_a_crowd_that_comes_at_once_is_served_at_once() -> None:
    async def scenario() -> None:
        readings = Readings()
        lines = [Line(index=index, start=index, end=index + 1, text="la", words=[]) for index in range(5000)]
        readings.change(lyrics=Lyrics(kind=LyricsKind.SYNCED, lines=lines, plain=""))
        started = time.perf_counter()
        for _ in range(10):
            readings.now.model_dump_json()
        once = (time.perf_counter() - started) / 10
        feed = Feed(readings)  # type: ignore[arg-type]
        crowd = [feed.events() for _ in range(100)]
        started = time.perf_counter()
        firsts = [await anext(events) for events in crowd]
        assert time.perf_counter() - started < 30 * once
        assert all(b'"server_time":1' in first[:50] for first in firsts)
        feed.close()

    asyncio.run(scenario())


def test_a_moment_that_cannot_be_read_ends_no_stream(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(feed_module, "HEARTBEAT_SECONDS", 0.2)

    async def scenario() -> None:
        readings = Readings()
        feed = Feed(readings)  # type: ignore[arg-type]
        events = feed.events()
        await following(events)
        readings.fails = True
        assert (await following(events))[0] == "heartbeat"
        readings.fails = False
        readings.change(prompt="healed")
        while (event := await following(events))[0] == "heartbeat":
            pass
        assert event[1]["prompt"] == "healed"

    asyncio.run(scenario())
    assert [record.levelno for record in caplog.records] == [logging.ERROR] * len(caplog.records)
    assert 1 <= len(caplog.records) <= 3


def test_a_guest_s_stream_ends_with_the_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_module, "HEARTBEAT_SECONDS", 0.1)

    async def scenario() -> None:
        feed = Feed(Readings())  # type: ignore[arg-type]
        began_at = time.monotonic()
        names = [event async for event in feed.events(0.5)]
        assert 0.4 <= time.monotonic() - began_at <= 2
        assert names

    asyncio.run(asyncio.wait_for(scenario(), 5))


def test_all_that_waits_ends_when_the_feed_is_closed() -> None:
    async def scenario() -> None:
        feed = Feed(Readings())  # type: ignore[arg-type]
        events = feed.events()
        await following(events)
        waiting = asyncio.ensure_future(anext(events))
        await asyncio.sleep(0.05)
        feed.close()
        with pytest.raises(StopAsyncIteration):
            await asyncio.wait_for(waiting, 1)

    asyncio.run(scenario())
