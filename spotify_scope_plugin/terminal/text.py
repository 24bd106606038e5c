"""How things are written in a terminal."""

import shutil
import sys
import time

from ..now_playing import Moment
from ..playback.model import Playback


def song_clock(position: float) -> str:
    """Return a position in seconds as minutes, seconds and tenths, such as `1:02.3`."""
    minutes, seconds = divmod(int(position * 10) / 10, 60)
    return f"{minutes:.0f}:{seconds:04.1f}"


def printable(text: str) -> str:
    """Return a stranger's text without the control characters that a terminal would obey."""
    return "".join(character if character.isprintable() else " " for character in text)


def what_plays(moment: Moment, source: str = "Spotify") -> str:
    """Return one sentence on what plays, as `source` tells."""
    track = moment.track
    if track is None and moment.playback.is_ad:
        return "An ad is playing right now."
    if track is None:
        elsewhere = " (or in a private session, or on another account)" if source == "Spotify" else ""
        return f"Nothing is playing right now{elsewhere}."
    by = f" by {printable(track.artist)}" if track.artist else ""
    state = "Now playing" if moment.is_playing else "Paused"
    return f'{state}: "{printable(track.title)}"{by}, at {song_clock(moment.position)}.'


def what_is_played(playback: Playback) -> tuple[str, str]:
    """Return a sentence on what plays, and the position, for a line that runs on."""
    track = playback.track
    if track is None:
        return "Nothing plays.", ""
    by = f" by {printable(track.artist)}" if track.artist else ""
    state = "" if playback.is_playing else "Paused: "
    return f'{state}"{printable(track.title)}"{by}', song_clock(playback.position_at(time.monotonic()))


class StatusLine:
    """One line that is written over in place; in a file, a line whenever what it says is new."""

    def __init__(self) -> None:
        """Begin without a line."""
        self._isatty = sys.stdout.isatty()
        self._shown = self._what = ""

    def show(self, what: str, running: str = "") -> None:
        """Show what is so, and behind it what changes all the time, such as a position."""
        line = f"{what} {running}".rstrip()
        if self._isatty and line != self._shown:
            width = shutil.get_terminal_size().columns - 1
            print(f"\r{line[:width]:<{min(width, len(self._shown))}}", end="", flush=True)
            self._shown = line[:width]
        elif not self._isatty and what != self._what:
            print(what, flush=True)
        self._what = what

    def say(self, sentence: str) -> None:
        """Say something that stays."""
        if self._isatty and self._shown:
            print(f"\r{'':<{len(self._shown)}}\r", end="")
            self._shown = ""
        print(sentence, flush=True)
