"""Which players on this computer are seen, and what they play."""

import time

from ..playback.local.listener import LocalPlayer, Seen
from ..playback.local.system import system_listener
from ..playback.player import Unavailable
from ..settings import Settings
from .text import printable, song_clock


def show_players(settings: Settings) -> int:
    """Print a line for each player that has something to play; returns the exit code: 0, or 1 with the reason."""
    listener = system_listener()
    try:
        return _show(LocalPlayer(listener, settings.player), settings)
    finally:
        listener.close()


def _show(player: LocalPlayer, settings: Settings) -> int:
    try:
        player.read()
    except Unavailable as error:
        print(error)
        return 1
    seen = player.players()
    if not seen:
        named = f" whose name has {settings.player!r} in it (SPOTIFY_SCOPE_PLAYER)" if settings.player else ""
        print(f"No player{named} has anything to play. Start some music, and ask again.")
        return 1
    now = time.monotonic()
    for each in sorted(seen, key=lambda each: each.name):
        print(_line(each, now))
    print("SPOTIFY_SCOPE_PLAYER picks one of them by a part of its name.")
    return 0


def _line(seen: Seen, now: float) -> str:
    playback = seen.playback
    track = playback.track
    title = "" if track is None else f'"{printable(track.title)}" by {printable(track.artist) or "(no artist)"}'
    length = f" of {song_clock(track.duration)}" if track is not None and track.duration else ""
    state = "plays" if playback.is_playing else "rests"
    return f"{printable(seen.name)}: {state} {title}, at {song_clock(playback.position_at(now))}{length}"
