"""The LRCLIB client (https://lrclib.net/docs), and the search for a song on it."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import requests

from ..web import BoundedSession, retry_after
from .matcher import Verdict, choose, judge
from .model import Song
from .names import loose_words, shortest_name, understand
from .provider import LyricsUnavailable, NoLongerWanted
from .record import NOTHING_FOUND, Finding, Record, record_from

MOST_REQUESTS = 4

# LRCLIB may ask other sources before it answers.
_TIMEOUT = 10.0
_LONGEST_EXCHANGE = 12.0
_LARGEST_ANSWER = 4 * 1024 * 1024  # bytes
_MOST_RECORDS = 20  # as LRCLIB's search gives
_TOO_MANY = 429
_DURATIONS = range(1, 3601)  # what LRCLIB accepts, in seconds


@dataclass
class Attempt:
    """One request: its path and query, and the verdicts on what came back, best first."""

    path: str
    query: dict[str, str]
    verdicts: list[Verdict]


@dataclass
class Search:
    """What was asked for a song, and the verdict that was chosen."""

    attempts: list[Attempt] = field(default_factory=list)
    chosen: Verdict | None = None


class Lrclib:
    """Finds lyrics on an LRCLIB server; each search asks one request after the other."""

    def __init__(self, base_url: str) -> None:
        """Use the server at `base_url`; nothing is asked yet."""
        self._base_url = base_url.rstrip("/")
        self._paused_until = -math.inf

    def find(self, song: Song, is_wanted: Callable[[], bool]) -> Finding:
        """Return the lyrics of the record that fits.

        Raises:
            NoLongerWanted: `is_wanted` turned false between two requests.
            LyricsUnavailable: the server cannot be reached, or answers with an error or nonsense.
        """
        chosen = self.search(song, is_wanted).chosen
        return chosen.record.finding() if chosen is not None else NOTHING_FOUND

    def search(self, song: Song, is_wanted: Callable[[], bool] = lambda: True) -> Search:
        """Ask ever more loosely until a record with timed lines fits; at most `MOST_REQUESTS` requests.

        Raises:
            NoLongerWanted, LyricsUnavailable: as `find`.
        """
        search = Search()
        if not song.title or not song.artists:
            return search
        # Its own connection: another search may be going on, or hang.
        with BoundedSession(most_bytes=_LARGEST_ANSWER, seconds=_LONGEST_EXCHANGE, timeout=_TIMEOUT) as session:
            for path, query in _requests(song):
                if not is_wanted():
                    raise NoLongerWanted
                try:
                    records = self._ask(session, path, query)
                except LyricsUnavailable:
                    if search.chosen is not None:
                        break  # what fits already is better than nothing
                    raise
                verdicts = [judge(song, record) for record in records]
                verdicts.sort(key=lambda verdict: verdict.rank, reverse=True)
                search.attempts.append(Attempt(path, query, verdicts))
                search.chosen = choose(verdict for attempt in search.attempts for verdict in attempt.verdicts)
                if search.chosen is not None and search.chosen.is_certain:
                    break
        return search

    def _ask(self, session: BoundedSession, path: str, query: dict[str, str]) -> list[Record]:
        if (pause := self._paused_until - time.monotonic()) > 0:
            raise _pause(pause)
        try:
            response = session.get(self._base_url + path, params=query)
            # 400: a title or artist that LRCLIB cannot search for.
            if response.status_code in {400, 404}:
                return []
            if response.status_code >= 300:
                raise self._refused(response)
            body: Any = response.json()
            return [record_from(row) for row in (body[:_MOST_RECORDS] if isinstance(body, list) else [body])]
        except requests.Timeout:
            raise LyricsUnavailable(f"LRCLIB did not answer within {_TIMEOUT:.0f} s") from None
        except requests.ConnectionError:
            raise LyricsUnavailable("LRCLIB cannot be reached") from None
        except (requests.RequestException, ValueError):
            raise LyricsUnavailable("LRCLIB's answer makes no sense") from None

    def _refused(self, response: requests.Response) -> LyricsUnavailable:
        is_pause = response.status_code == _TOO_MANY
        pause = retry_after(response.headers) if is_pause or "Retry-After" in response.headers else 0.0
        # For other songs, too, and also where what was found already is good enough.
        self._paused_until = max(self._paused_until, time.monotonic() + pause)
        if is_pause:
            return _pause(pause)
        return LyricsUnavailable(f"LRCLIB has a problem (HTTP {response.status_code})", pause)


def _pause(seconds: float) -> LyricsUnavailable:
    return LyricsUnavailable(f"LRCLIB asks for a pause of {seconds:.0f} s (too many requests)", seconds)


def _requests(song: Song) -> list[tuple[str, dict[str, str]]]:
    """Return the requests for a song, the most exact first, without repetitions."""
    title = understand(song.title)
    exact = {"track_name": song.title, "artist_name": ", ".join(song.artists)}
    if round(song.duration) in _DURATIONS:
        exact["duration"] = str(round(song.duration))
    artist = shortest_name(song.artists[0])
    planned = [
        ("/api/get", {**exact, "album_name": song.album} if song.album else exact),
        ("/api/get", exact),
        ("/api/get", {**exact, "track_name": title.plain, "artist_name": song.artists[0]}),
        ("/api/search", {"track_name": title.core, "artist_name": artist}),
        ("/api/search", {"q": f"{loose_words(title)} {artist}"}),
    ]
    distinct = [request for place, request in enumerate(planned) if request not in planned[:place]]
    return distinct[:MOST_REQUESTS]
