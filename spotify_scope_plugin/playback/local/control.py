"""Making Spotify's app on this computer play, pause and seek, as far as the system lets a program do so."""

import asyncio
import os
import re
import subprocess
import sys
from typing import Any, Protocol

from ..player import Unavailable
from . import mpris

_URI = re.compile(r"spotify:(track|episode):[0-9A-Za-z]{1,40}")
_SCRIPT_SECONDS = 10.0


class CannotControl(Exception):  # noqa: N818 - named as a state of the world
    """The player here cannot be reached; the message says why and what to do."""


class Control(Protocol):
    """A player on this computer that obeys. Every method may raise `CannotControl`."""

    can_seek: bool

    def open(self, uri: str) -> None:
        """Play a track or an episode, by its Spotify address."""
        ...

    def play(self) -> None:
        """Go on."""
        ...

    def pause(self) -> None:
        """Pause."""
        ...

    def seek(self, seconds: float) -> None:
        """Go to a position of the track that plays."""
        ...


def control_of_this_system(player: str = "") -> Control:
    """Return the control that this system offers.

    Args:
        player: on Linux, a part of the player's name; empty: Spotify's own app.
    """
    if sys.platform == "win32":
        return WindowsControl()
    if sys.platform == "darwin":
        return MacControl()
    return MprisControl(player or "spotify")


def is_playable(uri: str) -> bool:
    """Tell whether an address is that of a Spotify track or episode: nothing else is ever opened."""
    return _URI.fullmatch(uri) is not None


class MprisControl:
    """A player on the session bus."""

    can_seek = True

    def __init__(self, player: str) -> None:
        """Control the first player that has `player` in its name."""
        self._player = player.casefold()

    def open(self, uri: str) -> None:
        """Open a track."""
        self._run("OpenUri", "s", [uri])

    def play(self) -> None:
        """Go on."""
        self._run("Play")

    def pause(self) -> None:
        """Pause."""
        self._run("Pause")

    def seek(self, seconds: float) -> None:
        """Go to a position, in the track that is there now."""
        self._run("SetPosition", "ox", [None, round(seconds * 1e6)])

    def _run(self, method: str, signature: str = "", body: list[Any] | None = None) -> None:
        try:
            asyncio.run(self._call(method, signature, body or []))
        except Unavailable as error:
            raise CannotControl(f"{error} Start Spotify here, and try again.") from None
        except ModuleNotFoundError as error:
            raise CannotControl(
                f"The Python package {error.name!r} is missing: pip install '.[local]' in this repository."
            ) from None

    async def _call(self, method: str, signature: str, body: list[Any]) -> None:
        bus = await mpris.connected()
        try:
            [names] = await mpris.call(bus, mpris.BUS, "/org/freedesktop/DBus", f"{mpris.BUS}.ListNames")
            players = [name for name in names if name.startswith(mpris.PREFIX)]
            wanted = [name for name in players if self._player in name.removeprefix(mpris.PREFIX).casefold()]
            if not wanted:
                raise Unavailable(f"No player named {self._player!r} runs on this computer.")
            if method == "SetPosition":
                body = [await self._track_id(bus, wanted[0]), body[1]]
            await mpris.call(bus, wanted[0], mpris.PATH, f"{mpris.PLAYER}.{method}", signature, body)
        finally:
            bus.disconnect()

    @staticmethod
    async def _track_id(bus: Any, name: str) -> str:
        [properties] = await mpris.call(bus, name, mpris.PATH, f"{mpris.PROPERTIES}.GetAll", "s", [mpris.PLAYER])
        metadata = getattr(properties.get("Metadata"), "value", {})
        return str(getattr(metadata.get("mpris:trackid"), "value", "/"))


class MacControl:
    """Spotify's app, by AppleScript."""

    can_seek = True

    def open(self, uri: str) -> None:
        """Open a track."""
        self._tell(f'play track "{uri}"')

    def play(self) -> None:
        """Go on."""
        self._tell("play")

    def pause(self) -> None:
        """Pause."""
        self._tell("pause")

    def seek(self, seconds: float) -> None:
        """Go to a position."""
        self._tell(f"set player position to {seconds:.2f}")

    def _tell(self, words: str) -> None:
        command = ["osascript", "-e", f'tell application "Spotify" to {words}']
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=_SCRIPT_SECONDS)  # noqa: S603
        except (OSError, subprocess.SubprocessError):
            raise CannotControl(
                "Spotify on this Mac does not obey: start it, and allow this terminal to control it (System "
                "Settings, Privacy & Security, Automation)."
            ) from None


class WindowsControl:
    """Spotify's app on Windows, which opens tracks and offers no more."""

    can_seek = False

    def open(self, uri: str) -> None:
        """Open a track."""
        try:
            os.startfile(uri)  # type: ignore[attr-defined,unused-ignore]  # noqa: S606 - only there; `is_playable`
        except OSError:
            raise CannotControl(
                "No program here opens Spotify's tracks: install Spotify, and start it once."
            ) from None

    def play(self) -> None:
        """Do nothing: Windows offers no way."""

    def pause(self) -> None:
        """Do nothing: Windows offers no way."""

    def seek(self, seconds: float) -> None:
        """Do nothing: Windows offers no way."""
