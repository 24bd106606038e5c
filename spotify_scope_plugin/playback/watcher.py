"""The one thread that asks the players, and the snapshot it leaves behind."""

import functools
import time
from collections.abc import Sequence

from ..background import Worker
from .player import NoticingPlayer, SharedPlayer
from .snapshot import Health, PollFigures, Snapshot
from .source import Source


class Watcher(Worker):
    """Asks the sources, while somebody wants to know, and keeps `snapshot` current.

    The sources stand in a line: the first one that plays is shown, and those behind it are left in peace.
    """

    def __init__(self, sources: Sequence[Source], idle_after: float = 15.0) -> None:
        """Prepare to watch `sources`; the first `touch()` starts the polling."""
        super().__init__("spotify-watcher", idle_after)
        self.snapshot = Snapshot()
        self._sources = tuple(sources)
        self._shown = self._sources[0]
        self._is_hurried = False
        for source in self._sources:
            if isinstance(source.player, NoticingPlayer):
                source.player.on_news = functools.partial(self._hear, source)

    @property
    def figures(self) -> PollFigures:
        """How the asking of the source goes that is shown."""
        return self._shown.figures

    def look_now(self) -> None:
        """Ask at once, as far as the pace of the source allows. Cheap enough for the frame path."""
        self._is_hurried = True
        self.wake()

    def begin(self) -> None:
        """Forget what was known before a sleep."""
        for source in self._sources:
            source.forget()
        self._show(time.monotonic())

    def step(self) -> float:
        """Ask whoever is due; returns the seconds to wait until the next time."""
        is_hurried, self._is_hurried = self._is_hurried, False
        asked: list[Source] = []
        leads = False
        for source in self._sources:
            if leads:
                source.forget()
                continue
            if is_hurried:
                source.hurry()
            if source.is_due():
                source.look()
                self._show(time.monotonic())  # before anything else is asked
                source.look_ahead()
            asked.append(source)
            leads = _plays(source, time.monotonic())
        now = time.monotonic()
        self._show(now)
        # When what is shown ends, another source may have its turn, whoever is due then.
        next_at = min(self.snapshot.changes_at(now), *(source.due_at for source in asked))
        return max(0.0, next_at - now)

    def _hear(self, source: Source) -> None:
        source.notice()
        self.nudge()

    def _show(self, now: float) -> None:
        self._shown = self._chosen(now)
        if self.snapshot is not self._shown.snapshot:
            self.snapshot = self._shown.snapshot

    def _chosen(self, now: float) -> Source:
        """Return whom to show: who plays, else who holds a track, else the first whose state matters."""
        for fits in (_plays, _holds, _is_there, _matters):
            for source in self._sources:
                if fits(source, now):
                    return source
        return self._sources[0]


def _plays(source: Source, now: float) -> bool:
    playback = source.snapshot.playback_at(now)
    return playback.track is not None and playback.is_playing


def _holds(source: Source, now: float) -> bool:
    return source.snapshot.playback_at(now).track is not None and source.snapshot.health is Health.OK


def _is_there(source: Source, _: float) -> bool:
    """Tell whether somebody shares, although nothing plays there."""
    return isinstance(source.player, SharedPlayer) and source.player.is_shared


def _matters(source: Source, _: float) -> bool:
    return not source.is_quiet
