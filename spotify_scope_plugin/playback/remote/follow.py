"""Follows what plays on another computer: the lyrics page of another plugin, or an EchoNest server."""

import json
import threading
import time
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import requests

from ...background import Worker
from ...web import BoundedSession, has_too_many_values
from ..model import LONGEST_TEXT, NOTHING, Playback, Track
from ..player import PlayerError, Refused, Unavailable, nobody_listens
from .address import Address, ServerClock, asked, why_unreachable
from .events import EventParser, chunks_of
from .wire import playback_from, seconds

_SILENCE = 25.0  # seconds; a page speaks every ten, an EchoNest server every fifteen
_RETRY_FIRST, _RETRY_LONGEST = 1.0, 4.0
_FIRST_ANSWER = 5.0
_MEASURE_EVERY = 180.0


class FollowPlayer(Worker):
    """Hears the events of another computer in a thread of its own, while somebody asks."""

    def __init__(self, address: Address, idle_after: float = 15.0) -> None:
        """Follow `address`; the first `read` begins."""
        super().__init__("spotify-follow", idle_after)
        self.on_news: Callable[[], None] = nobody_listens
        self._address = address
        self._playback = NOTHING
        self._trouble: PlayerError | None = None
        self._is_ready = threading.Event()
        self._failures = 0

    def read(self) -> Playback:
        """Return what plays there; blocks until there was a first answer.

        Raises:
            Refused: it wants a token.
            Unavailable: it cannot be reached.
        """
        self.touch()
        if not self._is_ready.wait(_FIRST_ANSWER):
            raise Unavailable(f"{self._address.name} did not answer within {_FIRST_ANSWER:.0f} s.")
        if self._trouble is not None:
            raise self._trouble
        return self._playback

    def begin(self) -> None:
        """Forget what was heard before a sleep."""
        self._playback, self._trouble = NOTHING, None
        self._is_ready.clear()

    def step(self) -> float:
        """Hear events until the line breaks; returns the seconds after which to try again."""
        name = self._address.name
        session = self._address.session()
        try:
            self._hear(session)
        except PlayerError as error:
            self._trouble = error
        except Exception as error:  # what a stranger's server sends may break anything
            is_network = isinstance(error, requests.RequestException | OSError)
            why = f"{why_unreachable(self._address, error)}?" if is_network else f"{name} makes no sense."
            self._trouble = Unavailable(f"The music is followed elsewhere: {why}")
        else:
            self._trouble = Unavailable(f"{name}, whose music is followed, has hung up.")
        finally:
            session.close()
        self._tell()
        pause = min(_RETRY_FIRST * 2.0**self._failures, _RETRY_LONGEST)
        self._failures = min(self._failures + 1, 8)
        return pause

    def _hear(self, session: BoundedSession) -> None:
        clock = ServerClock()
        status = clock.measure(session, self._address)
        self._require(status, {200, 404})
        source: _Page | _EchoNest = _Page(clock) if status == 200 else _EchoNest(session, self._address)
        headers = {"Accept": "text/event-stream", "Accept-Encoding": "identity"}
        events = f"{self._address.url}/api/events"
        with session.open_stream(events, silence=_SILENCE, headers=headers) as response:
            self._require(response.status_code, {200})
            self._take(source, *source.FIRST)
            parser, heard_at, measured_at = EventParser(), time.monotonic(), time.monotonic()
            for chunk in chunks_of(response):
                for event, data in parser.feed(chunk):
                    heard_at = time.monotonic()
                    self._take(source, event, data)
                now = time.monotonic()
                if not self.is_wanted() or now - heard_at > _SILENCE:
                    return
                if isinstance(source, _Page) and now - measured_at > _MEASURE_EVERY:
                    measured_at = now
                    clock.measure(session, self._address)

    def _require(self, status: int, good: set[int]) -> None:
        if status in {401, 403}:
            raise Refused(self._address.wants_token)
        if status not in good:
            raise Unavailable(f"{self._address.url} is there, but shows no music to follow (HTTP {status}).")

    def _take(self, source: "_Page | _EchoNest", event: str, data: str) -> None:
        self._failures = 0
        try:
            playback = source.playback(event, data)
        except Unavailable as error:  # the line is whole; there is nothing to hear
            self._playback, self._trouble = NOTHING, error
            self._tell()
            return
        if playback is not None:
            self._playback, self._trouble = playback, None
            self._tell()

    def _tell(self) -> None:
        self._is_ready.set()
        self.on_news()


class _Page:
    """The lyrics page of another plugin: its first event has everything."""

    FIRST = ("", "")

    def __init__(self, clock: ServerClock) -> None:
        self._clock = clock
        self._now: dict[str, Any] = {}

    def playback(self, event: str, data: str) -> Playback | None:
        """Return what plays after an event; None: it says nothing of that."""
        if event not in {"now", "change"}:
            return None
        if has_too_many_values(data):
            raise Unavailable("The page that is followed says more than any page does.")
        news = json.loads(data)
        self._now = news if event == "now" else {**self._now, **news}
        if self._now.get("state") == "starting":
            return None  # it has just been started, and asks first
        if self._now.get("track") is None and self._now.get("problem"):
            raise Unavailable(f"The page that is followed says: {str(self._now['problem'])[:LONGEST_TEXT]}")
        return playback_from(self._now, self._clock.offset, self._clock.uncertainty)


class _EchoNest:
    """An EchoNest server: each event is a reason to ask `/api/playing`, whose answer has a time of its own."""

    FIRST = ("now_playing", "")

    def __init__(self, session: requests.Session, address: Address) -> None:
        self._session = session
        self._address = address

    def playback(self, event: str, _: str) -> Playback | None:
        if event not in {"now_playing", "player_position"}:
            return None
        sent = time.monotonic()
        status, playing = asked(self._session, "GET", f"{self._address.url}/api/playing")
        received = time.monotonic()
        if status != 200 or not isinstance(playing, dict):
            raise Unavailable(f"{self._address.name} does not say what plays (HTTP {status}).")
        return echonest_playback(playing, (sent + received) / 2, (received - sent) / 2)


def echonest_playback(playing: dict[str, Any], taken_at: float, uncertainty: float) -> Playback:
    """Translate `/api/playing`: the position, or else the time since the start by the server's own clock."""
    title = playing.get("title")
    if not isinstance(title, str) or not title.strip():
        return NOTHING
    track_id = str(playing.get("trackid") or "").removeprefix("spotify:track:")[:LONGEST_TEXT]
    is_spotify = playing.get("src") in {None, "spotify"} and track_id.isalnum()
    start, end, now = (_unix_time(playing.get(name)) for name in ("starttime", "endtime", "now"))
    position = playing.get("pos")
    if not isinstance(position, int | float) and start is not None and now is not None:
        position = now - start
    artist = str(playing.get("artist") or "")[:LONGEST_TEXT].strip()
    return Playback(
        track=Track(
            id=track_id or None,
            uri=f"spotify:track:{track_id}" if is_spotify else "",
            title=title[:LONGEST_TEXT].strip(),
            artists=(artist,) if artist else (),
            duration=seconds(end - start) if start is not None and end is not None else 0.0,
        ),
        is_playing=playing.get("paused") is not True,
        position=seconds(position),
        taken_at=taken_at,
        uncertainty=uncertainty,
    )


def _unix_time(value: Any) -> float | None:
    """Understand a time as seconds, or as ISO 8601."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    try:
        time_told = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    except ValueError:
        return None
    return (time_told if time_told.tzinfo else time_told.replace(tzinfo=timezone.utc)).timestamp()
