"""A player without Spotify: three songs in the public domain, one after the other, for ever."""

import time

from .model import Playback, Track

DEMO_TRACKS = (
    Track(
        id="amazing-grace",
        uri="demo:amazing-grace",
        title="Amazing Grace",
        artists=("John Newton",),
        album="Olney Hymns",
        duration=47.0,
    ),
    Track(
        id="sakura-sakura",
        uri="demo:sakura-sakura",
        title="さくらさくら",
        artists=("Traditional",),
        album="箏曲集",
        duration=38.0,
    ),
    Track(
        id="auld-lang-syne",
        uri="demo:auld-lang-syne",
        title="Auld Lang Syne",
        artists=("Robert Burns",),
        album="Scots Musical Museum",
        duration=48.0,
    ),
)


class DemoPlayer:
    """Plays `DEMO_TRACKS` in a loop, from the moment it is made."""

    def __init__(self) -> None:
        """Begin the first song now."""
        self._started_at = time.monotonic()

    def read(self) -> Playback:
        """Return what plays now; never fails."""
        now = time.monotonic()
        position = (now - self._started_at) % sum(track.duration for track in DEMO_TRACKS)
        for track in DEMO_TRACKS:
            if position < track.duration:
                return Playback(track, is_playing=True, position=position, taken_at=now)
            position -= track.duration
        return Playback(DEMO_TRACKS[0], is_playing=True, taken_at=now)
