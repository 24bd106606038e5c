"""The values this room hands on: `Track` and `Playback`."""

import math
from dataclasses import dataclass

ARTIST_SEPARATOR = ", "
LONGEST_TEXT, MOST_ARTISTS = 500, 20
"""What a track holds at most, whoever it comes from: its texts are looked at for every line."""


@dataclass(frozen=True)
class Track:
    """A song or podcast episode.

    `id` is None for local files. `duration` is in seconds, 0 when unknown. An episode's `artists` holds the
    name of its show.
    """

    id: str | None
    uri: str
    title: str
    artists: tuple[str, ...] = ()
    album: str = ""
    duration: float = 0.0
    explicit: bool = False
    artwork_url: str | None = None
    is_episode: bool = False

    def __post_init__(self) -> None:
        """Cut what no track has."""
        for name in ("uri", "title", "album"):
            object.__setattr__(self, name, getattr(self, name)[:LONGEST_TEXT])
        object.__setattr__(self, "artists", tuple(each[:LONGEST_TEXT] for each in self.artists[:MOST_ARTISTS]))
        if self.id is not None:
            object.__setattr__(self, "id", self.id[:LONGEST_TEXT])
        if self.artwork_url is not None and len(self.artwork_url) > LONGEST_TEXT:
            object.__setattr__(self, "artwork_url", None)

    @property
    def artist(self) -> str:
        """All artists in one text."""
        return ARTIST_SEPARATOR.join(self.artists)

    def is_same_as(self, other: "Track | None") -> bool:
        """Tell whether `other` is this very track, whatever details a service left out this time."""
        if other is None:
            return False
        if self.uri or other.uri:
            return self.uri == other.uri
        return (self.title, self.artists) == (other.title, other.artists)


@dataclass(frozen=True)
class Playback:
    """What plays, and a position that was true at a known moment.

    `position` is in seconds from the start of the track; `taken_at` is the `time.monotonic()` at which it was
    true, give or take `uncertainty` seconds (infinite: the service told no position). `not_before` is a
    position that was already shown: a small correction never runs the song backwards past it. `is_ad` tells that
    an ad runs in the place of a track.
    """

    track: Track | None = None
    is_playing: bool = False
    position: float = 0.0
    taken_at: float = 0.0
    uncertainty: float = 0.0
    not_before: float = 0.0
    is_ad: bool = False

    def position_at(self, now: float) -> float:
        """Return the position in seconds at monotonic time `now`; runs on while playing, to the track's end."""
        position = self.position
        if self.is_playing:
            position = max(position + now - self.taken_at, self.not_before)
        duration = self.track.duration if self.track else 0.0
        return max(0.0, min(position, duration) if duration else position)

    def ends_at(self) -> float:
        """Return the monotonic time at which the track ends; infinite when paused or of unknown length."""
        if not self.is_playing or self.track is None or not self.track.duration:
            return math.inf
        return self.taken_at + self.track.duration - self.position


NOTHING = Playback()
"""Nothing is playing."""
