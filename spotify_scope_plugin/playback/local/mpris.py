"""Players on Linux, over D-Bus: MPRIS 2 (https://specifications.freedesktop.org/mpris/latest/)."""

import asyncio
import contextlib
import logging
import time
from dataclasses import dataclass, replace
from typing import Any

from ..model import NOTHING, Playback, Track
from ..player import Unavailable
from .listener import LOOK_SECONDS, LocalListener, text
from .titles import is_browser, taken_apart

logger = logging.getLogger(__name__)

PREFIX = "org.mpris.MediaPlayer2."
PATH = "/org/mpris/MediaPlayer2"
PLAYER = "org.mpris.MediaPlayer2.Player"
PROPERTIES = "org.freedesktop.DBus.Properties"
BUS = "org.freedesktop.DBus"

_CALL_SECONDS = 1.0
_LEFT_ALONE = 10.0  # seconds, for a player that does not answer
_CHECKED_AFTER = 0.7  # seconds over which a position is compared with the clock
_LEAST_PROGRESS = 0.3  # of the time that has passed; a position that moves less does not tell the truth
_GRAIN = 0.04  # seconds: many players count in the buffers that they hand to the sound card
_SPOTIFY_URL = "https://open.spotify.com/"
_SIGNALS = (
    f"type='signal',interface='{PROPERTIES}',member='PropertiesChanged',path='{PATH}'",
    f"type='signal',interface='{PLAYER}',member='Seeked',path='{PATH}'",
    f"type='signal',sender='{BUS}',interface='{BUS}',member='NameOwnerChanged',arg0namespace='{PREFIX[:-1]}'",
)


@dataclass
class _Known:
    """What is known of one player: what it plays, and by which positions it is checked."""

    owner: str
    playback: Playback = NOTHING
    anchor: Playback = NOTHING  # since the last track, pause or seek: what its clock alone would say
    checked: tuple[float, float] | None = None  # position and monotonic time
    lies: bool = False
    left_alone_until: float = 0.0


class MprisListener(LocalListener):
    """Hears the session bus: signals for tracks, pauses and seeks; positions are asked for."""

    def listen(self) -> None:
        """Listen until nobody wants to know.

        Raises:
            Unavailable: dbus-fast is not installed, or there is no session bus.
        """
        try:
            import dbus_fast.aio  # noqa: F401
        except ModuleNotFoundError:
            raise Unavailable(
                "Players on this computer cannot be seen: the Python package dbus-fast is missing. "
                "Install the plugin with its extra: pip install '.[local]'."
            ) from None
        asyncio.run(self._listen())

    async def _listen(self) -> None:
        bus = await connected()
        changed, news = set[str](), asyncio.Event()

        def hear(message: Any) -> None:
            nonlocal changed
            if message.member == "NameOwnerChanged" and message.sender == BUS:
                name, _, owner = message.body
                known.pop(name, None)
                if owner:
                    known[name] = _Known(owner)
                    changed.add(owner)
            elif message.member == "Seeked":
                for each in known.values():
                    if each.owner == message.sender:
                        each.anchor = replace(
                            each.anchor, position=_microseconds(message.body[0]), taken_at=time.monotonic()
                        )
            elif message.member != "PropertiesChanged":
                return
            changed.add(message.sender)
            news.set()

        known: dict[str, _Known] = {}
        bus.add_message_handler(hear)
        try:
            for rule in _SIGNALS:
                await call(bus, BUS, "/org/freedesktop/DBus", f"{BUS}.AddMatch", "s", [rule])
            [names] = await call(bus, BUS, "/org/freedesktop/DBus", f"{BUS}.ListNames")
            for name in names:
                if name.startswith(PREFIX):
                    with contextlib.suppress(Unavailable):  # it may have gone just now
                        [owner] = await call(bus, BUS, "/org/freedesktop/DBus", f"{BUS}.GetNameOwner", "s", [name])
                        known[name] = _Known(owner)
            changed.update(each.owner for each in known.values())
            while self.is_wanted():
                due, changed = changed, set()  # what is heard meanwhile is for the next round
                await asyncio.gather(
                    *(
                        _refresh(bus, name, each)
                        for name, each in list(known.items())
                        if each.owner in due or each.playback.is_playing
                    )
                )
                self.publish({name.removeprefix(PREFIX): each.playback for name, each in known.items()})
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(news.wait(), LOOK_SECONDS)
                news.clear()
                if not bus.connected:
                    raise Unavailable("The session bus has gone, and with it the players on this computer.")
        finally:
            bus.disconnect()


async def connected() -> Any:
    """Return a connection to the session bus.

    Raises:
        Unavailable: there is none.
    """
    from dbus_fast import BusType
    from dbus_fast.aio import MessageBus

    try:
        return await asyncio.wait_for(MessageBus(bus_type=BusType.SESSION).connect(), 5)
    except Exception as error:  # the library raises whatever the address makes it trip over
        raise Unavailable(
            f"Players on this computer cannot be seen: there is no D-Bus session here ({type(error).__name__})."
        ) from None


async def call(
    bus: Any, name: str, path: str, method: str, signature: str = "", body: list[Any] | None = None
) -> list[Any]:
    """Call a method (its interface and name, with a dot between) on the bus, and return what it answers.

    Raises:
        Unavailable: no answer within a second, or an error.
    """
    from dbus_fast import Message, MessageType

    interface, _, member = method.rpartition(".")
    message = Message(
        destination=name, path=path, interface=interface, member=member, signature=signature, body=body or []
    )
    try:
        reply = await asyncio.wait_for(bus.call(message), _CALL_SECONDS)
    except (asyncio.TimeoutError, EOFError, OSError):
        raise Unavailable(f"{name} does not answer.") from None
    if reply is None or reply.message_type == MessageType.ERROR:
        raise Unavailable(f"{name} refuses {member}.")
    return list(reply.body)


async def _refresh(bus: Any, name: str, known: _Known) -> None:
    """Ask a player what it plays; what was known stays when it does not answer."""
    asked_at = time.monotonic()
    if asked_at < known.left_alone_until:
        return
    try:
        [properties] = await call(bus, name, PATH, f"{PROPERTIES}.GetAll", "s", [PLAYER])
        now = time.monotonic()
        reading = playback_from(properties, name.removeprefix(PREFIX), (asked_at + now) / 2, (now - asked_at) / 2)
    except Exception as error:  # one that hangs or talks nonsense is left alone, for the sake of the others
        logger.debug("%s does not say what it plays: %r", name, error)
        known.left_alone_until = time.monotonic() + _LEFT_ALONE
        known.playback = NOTHING
        return
    known.playback = _checked(known, reading)


def _checked(known: _Known, reading: Playback) -> Playback:
    """Return the reading, with the clock's position where the player's does not move although it plays."""
    before = known.playback
    is_same = before.track is not None and before.track.is_same_as(reading.track)
    if not is_same or reading.is_playing != before.is_playing:
        known.checked = None
        position = known.anchor.position_at(reading.taken_at) if is_same else 0.0
        known.anchor = replace(reading, position=position) if known.lies else reading
    elif not reading.is_playing or known.checked is None:
        known.checked = reading.position, reading.taken_at
    elif (elapsed := reading.taken_at - known.checked[1]) >= _CHECKED_AFTER:
        progress = reading.position - known.checked[0]
        known.lies = 0 <= progress < _LEAST_PROGRESS * elapsed
        known.checked = reading.position, reading.taken_at
    if not known.lies:
        return reading
    return replace(reading, position=known.anchor.position_at(reading.taken_at))


def playback_from(properties: dict[str, Any], player: str, taken_at: float, uncertainty: float) -> Playback:
    """Translate the properties of `org.mpris.MediaPlayer2.Player`, whatever a player leaves out or gets wrong.

    Args:
        properties: variants by name.
        player: its name on the bus, without the prefix.
        taken_at: monotonic time of the middle of the call.
        uncertainty: half of the time that the call took, in seconds.
    """
    values = {name: getattr(value, "value", value) for name, value in properties.items()}
    metadata = values.get("Metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    metadata = {name: getattr(value, "value", value) for name, value in metadata.items()}
    return Playback(
        track=_track_from(metadata, player),
        is_playing=values.get("PlaybackStatus") == "Playing",
        position=_microseconds(values.get("Position")),
        taken_at=taken_at,
        uncertainty=max(uncertainty, _GRAIN),
    )


def _track_from(metadata: dict[str, Any], player: str) -> Track | None:
    title = text(metadata.get("xesam:title"))
    track_id, url = text(metadata.get("mpris:trackid")), text(metadata.get("xesam:url"))
    if not title or "/ad/" in track_id or f"{_SPOTIFY_URL}ad/" in url:
        return None
    artists = metadata.get("xesam:artist")
    artists = tuple(filter(None, map(text, artists if isinstance(artists, list) else [artists])))
    if not player.startswith("spotify"):
        album = text(metadata.get("xesam:album"))
        title, artists = taken_apart(title, artists, is_video=is_browser(player) and not album)
    kind, _, spotify_id = (
        url.removeprefix(_SPOTIFY_URL).partition("/") if url.startswith(_SPOTIFY_URL) else ("",) * 3
    )
    artwork = text(metadata.get("mpris:artUrl"))
    return Track(
        id=spotify_id or None,
        uri=f"spotify:{kind}:{spotify_id}" if spotify_id else "",
        title=title,
        artists=artists,
        album=text(metadata.get("xesam:album")),
        duration=_microseconds(metadata.get("mpris:length")),
        artwork_url=artwork if artwork.startswith("https://") else None,
        is_episode=kind == "episode",
    )


def _microseconds(value: Any) -> float:
    """Return `value` microseconds in seconds; 0 when it is no sensible number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0.0
    return value / 1e6 if 0 <= value < 1e12 else 0.0
