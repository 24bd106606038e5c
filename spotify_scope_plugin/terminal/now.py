"""What plays now, told once."""

import logging
import time

from ..lyrics.model import LyricsKind
from ..now_playing import Moment, NowPlaying, make_session
from ..playback.snapshot import Health
from ..prompts.composer import compose
from ..settings import Settings
from .text import printable, what_plays

_LONGEST_WAIT = 30.0

_LYRICS = {
    LyricsKind.PENDING: "Lyrics: LRCLIB has not answered yet.",
    LyricsKind.SYNCED: "Line: (nobody sings right now)",
    LyricsKind.PLAIN: "Lyrics: found, but without times.",
    LyricsKind.INSTRUMENTAL: "Lyrics: none, this is an instrumental.",
    LyricsKind.NOT_FOUND: "Lyrics: not found.",
}


def show_now(settings: Settings) -> int:
    """Print what plays, the current line and the prompt; returns the exit code: 0, or 1 with the reason."""
    # What would be warned about is the answer here, and printed below.
    logging.getLogger("spotify_scope_plugin").setLevel(logging.ERROR)
    session = make_session(settings)
    try:
        moment = _known_moment(session, settings)
        snapshot = session.snapshot()
    finally:
        session.close()
    if moment.health is not Health.OK:
        print(moment.problem or "Spotify has not answered in time; try again.")
        return 1
    print(what_plays(moment, snapshot.source))
    if moment.track is None and settings.player:
        print(f"Only players count whose name has {settings.player!r} in it (SPOTIFY_SCOPE_PLAYER).")
    if moment.track is not None and not moment.track.is_episode:
        problem = session.fetch_figures.problem
        without_line = f"Lyrics: {problem}." if problem else _LYRICS[moment.lyrics_kind]
        print(f"Line: {printable(moment.line.text)}" if moment.line else without_line)
    print(f"Prompt: {compose(moment, settings.options)}")
    return 0


def _known_moment(session: NowPlaying, settings: Settings) -> Moment:
    """Wait until player and lyrics have answered."""
    options = settings.options
    lead = options.lyrics_preview_seconds + options.lyrics_offset_seconds
    deadline = time.monotonic() + _LONGEST_WAIT
    while True:
        moment = session.moment(lead, estimate=options.lyrics_estimate_timing)
        pending = moment.health is Health.STARTING or (
            moment.health is Health.OK and moment.lyrics_kind is LyricsKind.PENDING
        )
        lyrics_fail = session.fetch_figures.errors > 0
        if not pending or lyrics_fail or time.monotonic() > deadline:
            return moment
        time.sleep(0.02)
