"""The LRCLIB client (https://lrclib.net/docs): lyrics by exact signature."""

from typing import Any

import requests

from .. import __version__
from .lrc import parse_lrc
from .model import INSTRUMENTAL, NOT_FOUND, Lyrics, LyricsKind, Song
from .provider import LyricsUnavailable

USER_AGENT = f"spotify-scope-plugin/{__version__} (lyrics to prompts for Daydream Scope)"

# LRCLIB may ask other sources before it answers.
_TIMEOUT = 10.0
_DURATIONS = range(1, 3601)  # what LRCLIB accepts, in seconds


class Lrclib:
    """Finds lyrics on an LRCLIB server. Not thread-safe: only the finder calls it."""

    def __init__(self, base_url: str) -> None:
        """Use the server at `base_url`; nothing is asked yet."""
        self._url = base_url.rstrip("/") + "/api/get"
        self._session = requests.Session()
        self._session.headers["User-Agent"] = USER_AGENT

    def find(self, song: Song) -> Lyrics:
        """Ask with the album, and then without: LRCLIB wants every given field equal.

        Raises:
            LyricsUnavailable: the server cannot be reached, or answers with an error or nonsense.
        """
        if not song.title or not song.artists:
            return NOT_FOUND
        signature = {"track_name": song.title, "artist_name": ", ".join(song.artists)}
        if round(song.duration) in _DURATIONS:
            signature["duration"] = str(round(song.duration))
        attempts = [signature]
        if song.album:
            attempts.insert(0, {**signature, "album_name": song.album})
        if len(song.artists) > 1:
            # LRCLIB often knows only the first of several artists.
            attempts.append({**signature, "artist_name": song.artists[0]})
        for attempt in attempts:
            lyrics = self._get(attempt)
            if lyrics is not NOT_FOUND:
                return lyrics
        return NOT_FOUND

    def _get(self, query: dict[str, str]) -> Lyrics:
        try:
            response = self._session.get(self._url, params=query, timeout=_TIMEOUT)
            # 400: a title or artist that LRCLIB cannot search for.
            if response.status_code in {400, 404}:
                return NOT_FOUND
            response.raise_for_status()
            return lyrics_from(response.json())
        except requests.HTTPError as error:
            raise LyricsUnavailable(f"LRCLIB has a problem (HTTP {error.response.status_code})") from None
        except requests.Timeout:
            raise LyricsUnavailable(f"LRCLIB did not answer within {_TIMEOUT:.0f} s") from None
        except requests.ConnectionError:
            raise LyricsUnavailable("LRCLIB cannot be reached") from None
        except (requests.RequestException, ValueError):
            raise LyricsUnavailable("LRCLIB's answer makes no sense") from None


def lyrics_from(record: Any) -> Lyrics:
    """Translate an LRCLIB record.

    Raises:
        ValueError: this is no record.
    """
    if not isinstance(record, dict):
        raise ValueError("not an LRCLIB record")  # noqa: TRY004 - the answer's shape is bad input, not a bug
    synced, plain = record.get("syncedLyrics"), record.get("plainLyrics")
    if isinstance(synced, str):
        lyrics = parse_lrc(synced)
        if lyrics.lines:
            return lyrics
    if record.get("instrumental") is True:
        return INSTRUMENTAL
    if isinstance(plain, str) and plain.strip():
        return Lyrics(LyricsKind.PLAIN, plain=plain)
    return NOT_FOUND
