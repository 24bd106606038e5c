"""A desktop of its own for a test: a session bus, a real mpv on it, and a stand-in for Spotify's own app."""

import asyncio
import json
import os
import shutil
import socket
import subprocess
import threading
import time
import wave
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from .waiting import eventually

_MPRIS_SCRIPTS = (Path("/usr/lib/mpv-mpris/mpris.so"), Path("/etc/mpv/scripts/mpris.so"))
_RATE = 8000


def _miss(reason: str) -> None:
    if os.environ.get("REQUIRE_DESKTOP"):
        pytest.fail(reason)
    pytest.skip(reason)


@contextmanager
def session_bus(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Run a session bus until the end of the block, as the one of this process and its children."""
    pytest.importorskip("dbus_fast", reason="players on Linux are heard by dbus-fast")
    program = shutil.which("dbus-daemon")
    if program is None:
        _miss("players on Linux are tested on a session bus: apt-get install dbus")
    command = [str(program), "--session", "--nofork", "--nopidfile", "--print-address=1"]
    daemon = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert daemon.stdout is not None
    address = daemon.stdout.readline().strip()
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    try:
        yield address
    finally:
        daemon.kill()
        daemon.wait()


def sound(path: Path, seconds: float, *, title: str, artist: str) -> Path:
    """Write a quiet sound with tags, as a FLAC file would have them."""
    samples = array("h", (round(900 * ((i * 37 % 64) / 32 - 1)) for i in range(round(_RATE * seconds))))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(_RATE)
        file.writeframes(samples.tobytes())
    # A RIFF LIST chunk with the tags that players read.
    tags = b"".join(
        _tag(name, text) for name, text in ((b"INAM", title), (b"IART", artist), (b"IPRD", "The Album"))
    )
    content = path.read_bytes() + b"LIST" + (len(tags) + 4).to_bytes(4, "little") + b"INFO" + tags
    path.write_bytes(content[:4] + (len(content) - 8).to_bytes(4, "little") + content[8:])
    return path


def _tag(name: bytes, text: str) -> bytes:
    content = text.encode() + b"\0"
    content += b"\0" * (len(content) % 2)
    return name + len(content).to_bytes(4, "little") + content


class Mpv:
    """A real mpv that plays files in silence, told by its own commands."""

    def __init__(self, folder: Path, files: list[Path]) -> None:
        script = next((path for path in _MPRIS_SCRIPTS if path.exists()), None)
        program = shutil.which("mpv")
        if program is None or script is None:
            _miss("players on Linux are tested with a real one: apt-get install mpv mpv-mpris")
        self._socket = folder / "mpv.sock"
        options = [
            "--no-config",
            "--load-scripts=no",
            f"--script={script}",
            "--ao=null",
            "--vo=null",
            "--no-terminal",
        ]
        command = [str(program), *options, f"--input-ipc-server={self._socket}", *map(str, files)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        eventually(self._socket.exists, 10)

    def tell(self, *command: Any) -> Any:
        """Give a command, and return what mpv answers."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(self._socket))
            connection.sendall(json.dumps({"command": command, "request_id": 7}).encode() + b"\n")
            answers = map(json.loads, connection.makefile())
            return next(answer for answer in answers if answer.get("request_id") == 7).get("data")

    def position(self) -> float:
        """Return where mpv says that it is, in seconds."""
        return float(self.tell("get_property", "time-pos") or 0.0)

    def close(self) -> None:
        self._process.kill()
        self._process.wait()


class SpotifyApp:
    """A player on the bus that behaves like Spotify's app: it takes Spotify's addresses, and it may lie."""

    NAME = "org.mpris.MediaPlayer2.spotify"
    PATH = "/org/mpris/MediaPlayer2"
    PLAYER = "org.mpris.MediaPlayer2.Player"

    def __init__(
        self,
        address: str,
        *,
        lies: bool = False,
        nonsense: bool = False,
        name: str = NAME,
        playing: tuple[str, str] | None = None,
    ) -> None:
        self.lies = lies
        self.nonsense = nonsense
        self.hangs = False
        self.plays_another = False
        self.opened: list[str] = []
        self.sought: list[float] = []
        self.told: list[str] = []
        self._name = name
        self._track: dict[str, Any] = {}
        self._is_playing = False
        self._position, self._at = 0.0, time.monotonic()
        if playing is not None:
            self._track = {"id": playing[0], "title": playing[1], "artist": "Artist", "seconds": 200.0}
            self._is_playing = True
        self._loop = asyncio.new_event_loop()
        self._bus: Any = None
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._begin(address), self._loop).result(10)

    async def _begin(self, address: str) -> None:
        from dbus_fast.aio import MessageBus

        self._bus = await MessageBus(bus_address=address).connect()
        self._bus.add_message_handler(self._answer)
        await self._bus.request_name(self._name)

    def close(self) -> None:
        def stop() -> None:
            self._bus.disconnect()
            self._loop.stop()

        self._loop.call_soon_threadsafe(stop)
        self._thread.join(5)
        self._loop.close()

    # What its listener does; the bus is told.

    def play(
        self, number: str, title: str, artist: str = "Artist", seconds: float = 200.0, at: float = 0.0
    ) -> None:
        self._track = {"id": number, "title": title, "artist": artist, "seconds": seconds}
        self._is_playing = True
        self._move(at)
        self._signal("PropertiesChanged")

    def pause(self) -> None:
        self._move(self.position())
        self._is_playing = False
        self._signal("PropertiesChanged")

    def resume(self) -> None:
        self._is_playing = True
        self._at = time.monotonic()
        self._signal("PropertiesChanged")

    def seek(self, position: float) -> None:
        self._move(position)
        self._signal("Seeked")

    def position(self) -> float:
        return self._position + (time.monotonic() - self._at if self._is_playing else 0.0)

    @property
    def is_playing(self) -> bool:
        return self._is_playing

    def _move(self, position: float) -> None:
        self._position, self._at = position, time.monotonic()

    # The bus.

    def _signal(self, member: str) -> None:
        from dbus_fast import Message, Variant

        if member == "Seeked":
            message = Message.new_signal(self.PATH, self.PLAYER, "Seeked", "x", [round(self._position * 1e6)])
        else:
            changes = [self.PLAYER, {"PlaybackStatus": Variant("s", self._status())}, []]
            message = Message.new_signal(
                self.PATH, "org.freedesktop.DBus.Properties", "PropertiesChanged", "sa{sv}as", changes
            )
        self._loop.call_soon_threadsafe(self._bus.send, message)

    def _status(self) -> str:
        return "Playing" if self._is_playing else "Paused"

    def _answer(self, message: Any) -> Any:
        from dbus_fast import Message, MessageType

        if message.message_type is not MessageType.METHOD_CALL or message.path != self.PATH or self.hangs:
            return True if self.hangs else None
        self.told.append(message.member)
        if message.member == "GetAll":
            return Message.new_method_return(message, "a{sv}", [self._properties()])
        if message.member == "OpenUri":
            self.opened.append(message.body[0])
            number = "e" * 22 if self.plays_another else message.body[0].rpartition(":")[2]
            self.play(number, "Opened", at=0.0)
        elif message.member == "SetPosition":
            assert message.body[0] == f"/com/spotify/track/{self._track['id']}"
            self.sought.append(message.body[1] / 1e6)
            self.seek(message.body[1] / 1e6)
        elif message.member == "Play":
            self.resume()
        elif message.member == "Pause":
            self.pause()
        return Message.new_method_return(message)

    def _properties(self) -> dict[str, Any]:
        from dbus_fast import Variant

        if self.nonsense:
            return {"Metadata": Variant("s", "none"), "Position": Variant("s", "here")}
        metadata = {}
        if self._track:
            metadata = {
                "mpris:trackid": Variant("o", f"/com/spotify/track/{self._track['id']}"),
                "mpris:length": Variant("t", round(self._track["seconds"] * 1e6)),
                "mpris:artUrl": Variant("s", "https://i.scdn.co/image/1"),
                "xesam:title": Variant("s", self._track["title"]),
                "xesam:artist": Variant("as", [self._track["artist"]]),
                "xesam:album": Variant("s", "Album"),
                "xesam:url": Variant("s", f"https://open.spotify.com/track/{self._track['id']}"),
            }
        return {
            "PlaybackStatus": Variant("s", self._status()),
            "Position": Variant("x", 0 if self.lies else round(self.position() * 1e6)),
            "Metadata": Variant("a{sv}", metadata),
        }
