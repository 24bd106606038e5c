"""Players on Windows: the system's own media controls, which show what an app or a browser plays.

Shapes as documented for `Windows.Media.Control` (GlobalSystemMediaTransportControlsSessionManager).
"""

import asyncio
import time
from datetime import datetime, timedelta, timezone
from typing import Any

from ..model import Playback, Track
from ..player import Unavailable
from .listener import LOOK_SECONDS, LocalListener, text
from .titles import is_browser, taken_apart

_PLAYING = 4  # GlobalSystemMediaTransportControlsSessionPlaybackStatus.PLAYING
_UNCERTAINTY = 0.1  # seconds; apps write their positions when it suits them
_OLDEST_UPDATE = 24 * 3600.0  # a timeline that was never written has a date of 1601


class WindowsListener(LocalListener):
    """Looks at the system's media sessions four times a second."""

    def listen(self) -> None:
        """Look until nobody wants to know.

        Raises:
            Unavailable: the packages are not installed, or the system has no such service.
        """
        try:
            from winrt.windows.media.control import GlobalSystemMediaTransportControlsSessionManager as Manager
        except ModuleNotFoundError:
            raise Unavailable(
                "Players on this computer cannot be seen: the Python package winrt-Windows.Media.Control is "
                "missing. Install the plugin with its extra: pip install '.[local]'."
            ) from None
        try:
            asyncio.run(self._listen(Manager))
        except OSError as error:
            raise Unavailable(
                f"Players on this computer cannot be seen: Windows says {error.strerror!r}."
            ) from None

    async def _listen(self, manager_class: Any) -> None:
        manager = await manager_class.request_async()
        while self.is_wanted():
            playbacks: dict[str, Playback] = {}
            for session in manager.get_sessions():
                name = text(session.source_app_user_model_id)
                try:
                    playbacks[name] = await _playback_of(session, name)
                except OSError:  # the app has just gone
                    continue
            self.publish(playbacks)
            await asyncio.sleep(LOOK_SECONDS)


async def _playback_of(session: Any, name: str) -> Playback:
    properties = await session.try_get_media_properties_async()
    status = int(session.get_playback_info().playback_status)
    return playback_from(
        properties,
        session.get_timeline_properties(),
        name,
        is_playing=status == _PLAYING,
        now=datetime.now(timezone.utc),
    )


def playback_from(properties: Any, timeline: Any, name: str, *, is_playing: bool, now: datetime) -> Playback:
    """Translate a session: its position was true at `last_updated_time`, which may be seconds ago."""
    age = (now - timeline.last_updated_time).total_seconds()
    is_known = -1.0 < age < _OLDEST_UPDATE
    position = max(0.0, timeline.position.total_seconds())
    if is_playing and is_known:
        position += max(0.0, age)
    title = text(properties.title)
    artist = text(properties.artist) or text(properties.album_artist)
    artists: tuple[str, ...] = (artist,) if artist else ()
    if "spotify" not in name.casefold():
        title, artists = taken_apart(
            title, artists, is_video=is_browser(name) and not text(properties.album_title)
        )
    length: timedelta = timeline.end_time - timeline.start_time
    return Playback(
        track=Track(None, "", title, artists, text(properties.album_title), max(0.0, length.total_seconds()))
        if title
        else None,
        is_playing=is_playing,
        position=position,
        taken_at=time.monotonic(),
        uncertainty=_UNCERTAINTY if is_known else float("inf"),
    )
