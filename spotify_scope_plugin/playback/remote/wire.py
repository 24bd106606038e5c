"""How a track and a playback are written in JSON between two computers, in both directions.

The shape is that of the lyrics page's `/api/now`. Whatever arrives, the result is well-formed and bounded.
"""

import math
import re
from typing import Any

from ..model import LONGEST_TEXT, MOST_ARTISTS, Playback, Track

LONGEST_TRACK = 24 * 3600.0
_LONGEST_SENT, _MOST_SENT = 300, 10  # well within what the other side takes
_URI = re.compile(r"spotify:(track|episode):[0-9A-Za-z]{1,40}")


def json_of(track: Track) -> dict[str, Any]:
    """Write a track."""
    return {
        "id": track.id and track.id[:_LONGEST_SENT],
        "uri": track.uri[:_LONGEST_SENT],
        "title": track.title[:_LONGEST_SENT],
        "artists": [artist[:_LONGEST_SENT] for artist in track.artists[:_MOST_SENT]],
        "album": track.album[:_LONGEST_SENT],
        "duration": min(track.duration, LONGEST_TRACK),
        "explicit": track.explicit,
        "artwork_url": track.artwork_url if len(track.artwork_url or "") <= LONGEST_TEXT else None,
        "is_podcast": track.is_episode,
    }


def track_from(value: Any) -> Track | None:
    """Read a track; None for anything without a title. Versions without `artists` have only `artist`."""
    if not isinstance(value, dict) or not _text(value.get("title")):
        return None
    artists = value.get("artists")
    if not isinstance(artists, list):
        artists = [value.get("artist")]
    artwork, uri = _text(value.get("artwork_url")), _text(value.get("uri"))
    return Track(
        id=_text(value.get("id")) or None,
        uri=uri if _URI.fullmatch(uri) else "",
        title=_text(value.get("title")),
        artists=tuple(filter(None, map(_text, artists[:MOST_ARTISTS]))),
        album=_text(value.get("album")),
        duration=seconds(value.get("duration")),
        explicit=value.get("explicit") is True,
        artwork_url=artwork if artwork.startswith("https://") else None,
        is_episode=value.get("is_podcast") is True,
    )


def playback_from(now: dict[str, Any], offset: float, uncertainty: float) -> Playback:
    """Read the state of a page.

    Args:
        now: the JSON of `/api/now`; missing fields are taken for nothing.
        offset: its clock minus this process's monotonic time, in seconds.
        uncertainty: by how many seconds that may be wrong.
    """
    taken_at = now.get("taken_at")
    if not isinstance(taken_at, int | float) or not math.isfinite(taken_at):
        taken_at, uncertainty = offset, math.inf
    return Playback(
        track=track_from(now.get("track")),
        is_playing=now.get("is_playing") is True,
        position=seconds(now.get("position")),
        taken_at=taken_at - offset,
        uncertainty=uncertainty,
    )


def seconds(value: Any) -> float:
    """Return a number of seconds within a day; 0 for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0.0
    return float(value) if 0 <= value <= LONGEST_TRACK else 0.0


def _text(value: Any) -> str:
    # JSON may carry halves of characters, which no file and no log can hold.
    return value[:LONGEST_TEXT].encode(errors="ignore").decode().strip() if isinstance(value, str) else ""
