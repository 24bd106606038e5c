"""What the node puts on its ports: the first time everything, then what has changed. Needs no host."""

import math
import time
from collections.abc import Callable, Mapping
from typing import Any

from ..now_playing import Moment, NowPlaying
from ..playback.model import Track
from ..playback.snapshot import Snapshot
from ..sending.prompter import Prompter

PORTS = {
    "prompts": ("string", "The prompt. Wire it to a pipeline's prompts."),
    "line": ("string", "The line that is sung now; empty between lines."),
    "next_line": ("string", "The line that comes next."),
    "song": ("string", "Title of the song."),
    "artist": ("string", "All artists, separated by commas."),
    "position": ("number", "Seconds into the song, four times a second while it plays."),
    "duration": ("number", "Length of the song in seconds; 0: unknown."),
    "progress": ("number", "Position as a part of the song, from 0 to 1."),
    "is_playing": ("boolean", "Whether a song is running."),
    "line_changed": ("trigger", "Counts up when a line begins."),
    "track_changed": ("trigger", "Counts up when another song begins."),
}
"""Name, type and meaning of each output port."""

_POSITION_SECONDS = 0.25


class Ports:
    """Follows one graph. Used by the one thread that calls the node."""

    def __init__(
        self, session: NowPlaying, defaults: Mapping[str, Any], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Begin without having put out anything.

        Args:
            session: what plays.
            defaults: option values by name, for those that the host does not pass.
            clock: monotonic time in seconds.
        """
        self._session = session
        self._clock = clock
        self._prompter = Prompter(session, defaults, sender="Spotify node", clock=clock)
        self._shown: dict[str, Any] = {}
        self._snapshot: Snapshot | None = None
        self._offset = 0.0
        self._moment: Moment | None = None
        self._track: Track | None = None
        self._line_at: tuple[Track | None, int] | None = None
        self._counts = {"line_changed": 0, "track_changed": 0}
        self._position_at = -math.inf

    def changes(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values that differ from those that were put out last; empty most of the time.

        Args:
            parameters: option values by name, and anything else the host passes.
        """
        now = self._clock()
        update = self._prompter.next_update(parameters)
        options = self._prompter.options
        values: dict[str, Any] = {}
        snapshot = self._session.snapshot()
        offset = options.lyrics_offset_seconds
        moment = self._moment
        is_old = snapshot is not self._snapshot or offset != self._offset
        if moment is None or is_old or now >= moment.holds_until:
            moment = self._session.moment(
                offset, estimate=options.lyrics_estimate_timing, now=now, snapshot=snapshot
            )
            self._moment, self._snapshot, self._offset = moment, snapshot, offset
            values |= self._words(moment)
        if "prompts" in update:
            values["prompts"] = update["prompts"][0]["text"]
        elif not self._shown and options.send_prompts:
            # A pipeline may wait for a first value on every wired port.
            values["prompts"] = options.fallback_prompt
        values |= self._times(moment, now)
        changed = {name: value for name, value in values.items() if self._shown.get(name, _NEVER) != value}
        self._shown |= changed
        return changed

    def _words(self, moment: Moment) -> dict[str, Any]:
        track = moment.track
        if track is not None and not track.is_same_as(self._track):
            self._counts["track_changed"] += self._track is not None or bool(self._shown)
            self._track = track
        line_at = None if moment.line is None else (track, moment.line.index)
        if line_at is not None and line_at != self._line_at:
            self._counts["line_changed"] += 1
        self._line_at = line_at
        return {
            "line": moment.line.text if moment.line else "",
            "next_line": moment.next_line.text if moment.next_line else "",
            "song": track.title if track else "",
            "artist": track.artist if track else "",
            "duration": track.duration if track else 0.0,
            "is_playing": moment.is_playing,
            **self._counts,
        }

    def _times(self, moment: Moment, now: float) -> dict[str, Any]:
        if now - self._position_at < _POSITION_SECONDS:
            return {}
        self._position_at = now
        position = moment.playback.position_at(now)
        duration = moment.track.duration if moment.track else 0.0
        return {
            "position": round(position, 3),
            "progress": round(position / duration, 5) if duration else 0.0,
        }


_NEVER = object()
