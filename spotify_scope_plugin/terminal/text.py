"""How things are written in a terminal."""

from ..now_playing import Moment


def song_clock(position: float) -> str:
    """Return a position in seconds as minutes, seconds and tenths, such as `1:02.3`."""
    minutes, seconds = divmod(int(position * 10) / 10, 60)
    return f"{minutes:.0f}:{seconds:04.1f}"


def printable(text: str) -> str:
    """Return a stranger's text without the control characters that a terminal would obey."""
    return "".join(character if character.isprintable() else " " for character in text)


def what_plays(moment: Moment) -> str:
    """Return one sentence on what plays."""
    track = moment.track
    if track is None:
        return "Nothing is playing right now (or in a private session, or on another account)."
    by = f" by {printable(track.artist)}" if track.artist else ""
    state = "Now playing" if moment.is_playing else "Paused"
    return f'{state}: "{printable(track.title)}"{by}, at {song_clock(moment.position)}.'
