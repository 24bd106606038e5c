"""Keeps a player on this computer at the same place as music elsewhere."""

from ..local.control import Control, is_playable
from ..local.listener import LocalPlayer
from ..model import Playback, Track
from ..player import PlayerError

MOST_DRIFT = 0.5
"""Seconds by which the two may differ before the player here is moved."""

_SETTLES_IN = 3.0  # seconds that a player may take until it plays what it was told
_SEEK_GAP = 2.0
_OPEN_GAP = 8.0
_MOST_OPENED = 2  # a track may be another one here, or none: by market, or in a free account


class ListenAlong:
    """Compares what plays here with what should, and acts when they differ. Used by one thread."""

    def __init__(self, control: Control, player: LocalPlayer) -> None:
        """Move `control`, and look at `player` for what it does."""
        self._control = control
        self._player = player
        self._opened: Track | None = None
        self._times_opened = 0
        self._is_following = False
        self._opened_at = self._told_at = self._sought_at = float("-inf")
        self._drift: float | None = None
        self._late = 0.0  # by how much the player arrives behind where it was sent

    def follow(self, wanted: Playback, now: float) -> str:
        """Do what is to be done at monotonic time `now`; returns why that is not possible, else nothing.

        Raises:
            CannotControl: the player here cannot be reached.
        """
        self._drift = None
        track = wanted.track
        if track is None:
            self._rest()
            return ""
        if not is_playable(track.uri):
            return f'"{track.title}" has no Spotify address, so it cannot be played here.'
        try:
            here = self._player.read()
        except PlayerError as error:
            return str(error) if self._control.can_seek else self._open_unseen(track, now)
        if not self._is_playing(track, here):
            return self._open(track, wanted, now)
        self._is_following = True
        if here.is_playing != wanted.is_playing:
            self._match_pause(wanted, now)
        elif wanted.is_playing or abs(wanted.position - here.position) > MOST_DRIFT:
            self._match_position(wanted, here, now)
        return ""

    def drift_in_words(self) -> str:
        """Return how far apart the two are, for a status line."""
        return "" if self._drift is None else f", {abs(self._drift) * 1000:.0f} ms apart"

    @staticmethod
    def _is_playing(track: Track, here: Playback) -> bool:
        if here.track is None:
            return False
        if here.track.uri and here.track.uri == track.uri:
            return True
        # Some systems tell no address, and in another market the same song has another one.
        same_title = here.track.title.casefold() == track.title.casefold()
        return same_title and here.track.artists[:1] == track.artists[:1]

    def _open_unseen(self, track: Track, now: float) -> str:
        if self._opened is None or not track.is_same_as(self._opened):
            self._opened, self._opened_at = track, now
            self._control.open(track.uri)
        return ""

    def _open(self, track: Track, wanted: Playback, now: float) -> str:
        if self._opened is None or not track.is_same_as(self._opened):
            self._opened, self._times_opened = track, 0
        elif now - self._opened_at < _OPEN_GAP:
            return ""
        if self._times_opened >= _MOST_OPENED:
            return f'"{track.title}" is not to be had here; the next song may be.'
        if wanted.is_playing:
            self._times_opened += 1
            self._opened_at, self._sought_at = now, float("-inf")
            self._control.open(track.uri)
        return ""

    def _rest(self) -> None:
        """Pause once when nothing plays any more there; what is played here after that is the listener's own."""
        if self._is_following:
            self._is_following = False
            self._control.pause()

    def _match_pause(self, wanted: Playback, now: float) -> None:
        if now - self._told_at < _SETTLES_IN:
            return
        self._told_at = now
        if wanted.is_playing:
            self._control.play()
        else:
            self._control.pause()

    def _match_position(self, wanted: Playback, here: Playback, now: float) -> None:
        self._drift = wanted.position_at(now) - here.position_at(now)
        if abs(self._drift) <= MOST_DRIFT or not self._control.can_seek or now - self._sought_at < _SEEK_GAP:
            return
        if now - self._sought_at < 2 * _SEEK_GAP and abs(self._drift) < 2 * MOST_DRIFT:
            self._late += self._drift  # it was sent here a moment ago, and takes that long to get going
        self._sought_at = now
        self._control.seek(max(0.0, wanted.position_at(now) + self._late))
