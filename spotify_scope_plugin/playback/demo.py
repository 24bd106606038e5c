"""A player without Spotify: three songs in the public domain, one after the other, for ever."""

import time

from .model import Playback, Track
from .player import Queue

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
        index, position = self._playing_at(now)
        return Playback(DEMO_TRACKS[index], is_playing=True, position=position, taken_at=now)

    def read_queue(self) -> Queue:
        """Return what plays next."""
        index, _ = self._playing_at(time.monotonic())
        following = (*DEMO_TRACKS[index + 1 :], *DEMO_TRACKS[: index + 1])
        return Queue(DEMO_TRACKS[index], following)

    def _playing_at(self, now: float) -> tuple[int, float]:
        """Return the index of the track and the position in it."""
        position = (now - self._started_at) % sum(track.duration for track in DEMO_TRACKS)
        for index, track in enumerate(DEMO_TRACKS):
            if position < track.duration:
                return index, position
            position -= track.duration
        return 0, 0.0
