"""The only place that knows Spotify's JSON. Whatever arrives, the result is a well-formed `Playback`."""

import math
from itertools import takewhile
from typing import Any

from ..model import NOTHING, Playback, Track
from ..player import Queue

_LONGEST_QUEUE = 20
_LONGEST = 1e15  # milliseconds: a number beyond it is none


def playback_from(body: Any, taken_at: float, uncertainty: float) -> Playback:
    """Translate the answer of `GET /me/player/currently-playing`.

    Args:
        body: the parsed JSON, or None for an answer without a body (nothing plays, or a private session).
        taken_at: monotonic time of the middle of the request's round trip.
        uncertainty: half of the round trip, in seconds.
    """
    if not isinstance(body, dict):
        return NOTHING
    progress = _milliseconds(body.get("progress_ms"))
    return Playback(
        track=track_from(body.get("item")),
        # Left out or of another type, it is taken for the usual: what is reported plays.
        is_playing=body["is_playing"] if isinstance(body.get("is_playing"), bool) else True,
        position=progress or 0.0,
        taken_at=taken_at,
        uncertainty=math.inf if progress is None else uncertainty,
        is_ad=body.get("currently_playing_type") == "ad",
    )


def queue_from(body: Any) -> Queue:
    """Translate the answer of `GET /me/player/queue`: up to twenty tracks, in their order.

    An ad or an unknown item among them ends the list, for nobody knows how long it lasts.
    """
    body = _mapping(body)
    following = map(track_from, _list(body.get("queue"))[:_LONGEST_QUEUE])
    known = tuple(takewhile(lambda track: track is not None, following))
    return Queue(track_from(body.get("currently_playing")), known)  # type: ignore[arg-type]


def track_from(item: Any) -> Track | None:
    """Translate a track or episode object; None for an ad, an unknown item, or one without a name."""
    if not isinstance(item, dict) or not _text(item.get("name")):
        return None
    show = _mapping(item.get("show"))
    album = _mapping(item.get("album"))
    is_episode = item.get("type") == "episode" or bool(show)
    artists = [_text(_mapping(artist).get("name")) for artist in _list(item.get("artists"))]
    if is_episode:
        artists = [_text(show.get("name"))]
    return Track(
        id=_text(item.get("id")) or None,
        uri=_text(item.get("uri")),
        title=_text(item.get("name")),
        artists=tuple(artist for artist in artists if artist),
        album=_text(album.get("name")),
        duration=_milliseconds(item.get("duration_ms")) or 0.0,
        explicit=item.get("explicit") is True,
        artwork_url=_largest_image(album.get("images") or item.get("images") or show.get("images")),
        is_episode=is_episode,
    )


def _largest_image(images: Any) -> str | None:
    """Return the address of the widest image; Spotify lists none for local files."""
    found = [image for image in map(_mapping, _list(images)) if _text(image.get("url"))]
    widest = max(found, key=lambda image: _milliseconds(image.get("width")) or 0.0, default={})
    return _text(widest.get("url")) or None


def _milliseconds(value: Any) -> float | None:
    """Return `value` milliseconds in seconds, or None when it is no sensible number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value / 1000 if 0 <= value < _LONGEST else None


def _text(value: Any) -> str:
    # JSON may carry halves of characters, which no file and no log can hold.
    return value.encode(errors="ignore").decode().strip() if isinstance(value, str) else ""


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
