"""Players on macOS: `media-control` where it is installed, else Spotify and Music by AppleScript.

Since macOS 15.4 the system tells programs no longer what plays; `media-control stream`
(https://github.com/ungive/media-control) still may, and prints a line of JSON for each change. AppleScript asks
each app by name, for which macOS wants the user's consent once.
"""

import asyncio
import contextlib
import json
import shutil
import time
from datetime import datetime, timezone
from typing import Any

from ..model import NOTHING, Playback, Track
from ..player import Unavailable
from .listener import LocalListener, text
from .titles import is_browser, taken_apart

_LONGEST_LINE = 8 * 1024 * 1024  # bytes: artwork comes with it
_SCRIPT_SECONDS = 5.0
_SCRIPT_PAUSE = 0.5
_ENDED_SECONDS = 2.0
_APPS = {"Spotify": 1000.0, "Music": 1.0}
"""Apps that AppleScript can ask, and how many of their units of length make a second."""

_SCRIPT = """
if application "{app}" is running then
  tell application "{app}"
    if player state is stopped then return ""
    set theTrack to current track
    set fields to {{player state as text, player position as text, duration of theTrack as text, ¬
      name of theTrack, artist of theTrack, album of theTrack, id of theTrack as text}}
  end tell
  set AppleScript's text item delimiters to character id 31
  return fields as text
end if
return ""
"""


class MacListener(LocalListener):
    """Hears `media-control`, or asks Spotify and Music twice a second."""

    def listen(self) -> None:
        """Listen until nobody wants to know.

        Raises:
            Unavailable: neither way is there, or it ended.
        """
        if shutil.which("media-control"):
            asyncio.run(self._follow_stream())
        elif shutil.which("osascript"):
            asyncio.run(self._ask_apps())
        else:
            raise Unavailable(
                "Players on this computer cannot be seen: neither media-control nor osascript is there."
            )

    async def _follow_stream(self) -> None:
        process = await asyncio.create_subprocess_exec(
            "media-control",
            "stream",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            limit=_LONGEST_LINE,
        )
        assert process.stdout is not None  # noqa: S101 - a pipe was asked for
        payload: dict[str, Any] = {}
        reading = asyncio.ensure_future(process.stdout.readline())
        try:
            while self.is_wanted():
                done, _ = await asyncio.wait([reading], timeout=1.0)
                if not done:
                    continue
                try:
                    line = reading.result()
                except ValueError:  # longer than any that makes sense: passed over
                    line = b"{}"
                if not line:
                    raise Unavailable("media-control has ended; it is started again.")
                reading = asyncio.ensure_future(process.stdout.readline())
                payload = merged(payload, line)
                self.publish(playbacks_from(payload, time.time()))
        finally:
            reading.cancel()
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(process.wait(), _ENDED_SECONDS)

    async def _ask_apps(self) -> None:
        while self.is_wanted():
            playbacks = {app: await _asked(app) for app in _APPS}
            self.publish({app: each for app, each in playbacks.items() if each is not NOTHING})
            await asyncio.sleep(_SCRIPT_PAUSE)


def merged(payload: dict[str, Any], line: bytes) -> dict[str, Any]:
    """Return what is known after a line of `media-control stream`; a line that makes no sense changes nothing."""
    try:
        message = json.loads(line)
        news = {name: value for name, value in message["payload"].items() if not name.startswith("artworkData")}
        return {**payload, **news} if message.get("diff") else news
    except (AttributeError, KeyError, TypeError, ValueError):
        return payload


def playbacks_from(payload: dict[str, Any], unix_time: float) -> dict[str, Playback]:
    """Translate what `media-control` knows, in seconds or microseconds; empty: nothing plays."""
    title, player = text(payload.get("title")), text(payload.get("bundleIdentifier"))
    if not title:
        return {}
    artist = text(payload.get("artist"))
    artists: tuple[str, ...] = (artist,) if artist else ()
    if "spotify" not in player.casefold():
        title, artists = taken_apart(
            title, artists, is_video=is_browser(player) and not text(payload.get("album"))
        )
    is_playing = payload.get("playing") is True
    position = _seconds(payload, "elapsedTime")
    told_at = _unix_time(payload)
    if is_playing and told_at is not None:
        position += max(0.0, unix_time - told_at)
    track = Track(None, "", title, artists, text(payload.get("album")), _seconds(payload, "duration"))
    return {player: Playback(track, is_playing, position, time.monotonic(), 0.05)}


def _seconds(payload: dict[str, Any], name: str) -> float:
    for key, unit in ((name, 1.0), (f"{name}Micros", 1e6)):
        value = payload.get(key)
        if isinstance(value, int | float) and 0 <= value < 1e12:
            return value / unit
    return 0.0


def _unix_time(payload: dict[str, Any]) -> float | None:
    """Return when the elapsed time was true."""
    micros, stamp = payload.get("timestampEpochMicros"), payload.get("timestamp")
    if isinstance(micros, int | float):
        return micros / 1e6
    if isinstance(stamp, int | float):
        return float(stamp)
    try:
        told_at = datetime.fromisoformat(text(stamp).replace("Z", "+00:00"))
    except ValueError:
        return None
    return (told_at if told_at.tzinfo else told_at.replace(tzinfo=timezone.utc)).timestamp()


async def _asked(app: str) -> Playback:
    """Ask one app by AppleScript."""
    asked_at = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        "osascript",
        "-e",
        _SCRIPT.format(app=app),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), _SCRIPT_SECONDS)
    except asyncio.TimeoutError:
        process.kill()
        return NOTHING
    return playback_from_script(output.decode(errors="replace"), app, asked_at, time.monotonic())


def playback_from_script(output: str, app: str, asked_at: float, now: float) -> Playback:
    """Translate the script's seven fields; numbers have a point or a comma, as the user's language does."""
    fields = output.rstrip("\n").split("\x1f")
    if len(fields) != 7:
        return NOTHING
    state, position, duration, title, artist, album, track_id = map(text, fields)
    try:
        seconds, length = (float(number.replace(",", ".")) for number in (position, duration))
    except ValueError:
        return NOTHING
    uri = track_id if track_id.startswith("spotify:") else ""
    track = Track(
        uri.rpartition(":")[2] or None, uri, title, (artist,) if artist else (), album, length / _APPS[app]
    )
    return Playback(track, state == "playing", seconds, (asked_at + now) / 2, (now - asked_at) / 2)
