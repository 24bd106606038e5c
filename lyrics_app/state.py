"""What the page shows, as JSON. Whatever the session knows, the result is one well-formed `Now`."""

import enum
import functools
import time
from collections.abc import Callable

from pydantic import BaseModel, Field

from spotify_scope_plugin.lyrics import model as lyrics_model
from spotify_scope_plugin.lyrics.model import LyricsKind
from spotify_scope_plugin.now_playing import Moment, NowPlaying
from spotify_scope_plugin.options import Options
from spotify_scope_plugin.playback import model as playback_model
from spotify_scope_plugin.playback.snapshot import Health
from spotify_scope_plugin.prompts.composer import compose

InUse = Callable[[], tuple[Options, str | None]]
"""Returns the options in use now, and the prompt that was really sent, None where nobody sends any."""

_UNIX_EPOCH = time.time() - time.monotonic()
"""Read once: the server's clock is Unix time that never jumps, whatever happens to the machine's."""


def monotonic_time(server_time: float) -> float:
    """Return a time of the server's clock as monotonic time."""
    return server_time - _UNIX_EPOCH


def server_time(monotonic: float | None = None) -> float:
    """Return a monotonic time (the present when None) on the server's clock, in seconds."""
    return (time.monotonic() if monotonic is None else monotonic) + _UNIX_EPOCH


class State(str, enum.Enum):
    """How things are."""

    STARTING = "starting"
    OK = "ok"
    NOTHING_PLAYING = "nothing_playing"
    AD = "ad"
    NOT_LOGGED_IN = "not_logged_in"
    REFUSED = "refused"
    RATE_LIMITED = "rate_limited"
    QUOTA_EXCEEDED = "quota_exceeded"
    SPOTIFY_UNREACHABLE = "spotify_unreachable"


_STATES = {
    Health.STARTING: State.STARTING,
    Health.OK: State.OK,
    Health.NOT_LOGGED_IN: State.NOT_LOGGED_IN,
    Health.REFUSED: State.REFUSED,
    Health.RATE_LIMITED: State.RATE_LIMITED,
    Health.QUOTA_EXCEEDED: State.QUOTA_EXCEEDED,
    Health.UNREACHABLE: State.SPOTIFY_UNREACHABLE,
}


class Track(BaseModel):
    """A song or podcast episode."""

    id: str | None
    uri: str = Field(description="Spotify's address of the track; empty: it has none.")
    title: str
    artists: list[str]
    artist: str = Field(description="All artists, separated by commas; of a podcast, the name of its show.")
    album: str
    duration: float = Field(description="Seconds; 0: unknown.")
    explicit: bool
    artwork_url: str | None
    is_podcast: bool


class Word(BaseModel):
    """A word, or a part of one, and when it is sung."""

    start: float
    text: str


class Line(BaseModel):
    """A sung line, from `start` up to `end`, in seconds of the song; the user's lyrics offset is in them."""

    index: int
    start: float
    end: float
    text: str
    words: list[Word] = Field(description="Empty where the lyrics have no times for words.")


class Lyrics(BaseModel):
    """What is known of the words."""

    kind: LyricsKind
    lines: list[Line] = Field(description="Sorted, without overlap; empty unless the kind is synced.")
    plain: str = Field(description="The words of lyrics that have no times.")


class Now(BaseModel):
    """What plays now, and what is sung."""

    server_time: float = Field(description="When this was written, on the server's clock: Unix time in seconds.")
    state: State
    problem: str = Field(description="A sentence for the user; empty when all is well.")
    retry_at: float | None = Field(
        description="Server time at which Spotify may be asked again: rate_limited, quota_exceeded."
    )
    source: str = Field(description="Where the music comes from.")
    is_estimated: bool = Field(description="The song goes on by the clock alone: its player does not confirm it.")
    track: Track | None
    is_playing: bool
    position: float = Field(description="Seconds into the song at `taken_at`; it runs on while `is_playing`.")
    taken_at: float = Field(description="Server time at which `position` was true; 0 when there is no track.")
    lyrics: Lyrics
    line: Line | None = Field(description="The line that is sung now.")
    next_line: Line | None
    prompt: str | None = Field(description="The prompt of this moment; null: none is sent.")
    prompt_is_sent: bool = Field(description="Whether the process that answers really sent it to the video.")

    def changes_since(self, before: "Now") -> set[str]:
        """Return the names of the fields that say something else than in `before`."""
        return {
            name
            for name in type(self).model_fields
            if name != "server_time"
            # By identity first: lyrics are long, and stay the same object for a whole song.
            and getattr(self, name) is not getattr(before, name)
            and getattr(self, name) != getattr(before, name)
        }


class Reader:
    """Reads the session as the page shows it. Neither blocks nor raises."""

    def __init__(self, session: NowPlaying, in_use: InUse) -> None:
        """Read `session`, with the options and the prompt that `in_use` returns."""
        self._session = session
        self._in_use = in_use
        self._lyrics, self._offset = lyrics_model.NOT_FOUND, 0.0
        self._written = Lyrics(kind=LyricsKind.NOT_FOUND, lines=[], plain="")

    def read(self) -> tuple[Now, float]:
        """Return what is so now, and in how many seconds a line begins or ends (0: something is still awaited)."""
        options, sent_prompt = self._in_use()
        now, snapshot = time.monotonic(), self._session.snapshot()

        def moment_at(lead: float) -> Moment:
            return self._session.moment(lead, estimate=options.lyrics_estimate_timing, now=now, snapshot=snapshot)

        # The page shows a line when it is sung; only the prompt may run ahead of it.
        offset = options.lyrics_offset_seconds
        moment = moment_at(offset)
        prompt = sent_prompt
        if sent_prompt is None and options.send_prompts:
            prompt = compose(moment_at(offset + options.lyrics_preview_seconds), options)
        playback, state = moment.playback, _STATES[snapshot.health]
        if state is State.OK and moment.track is None:
            state = State.AD if playback.is_ad else State.NOTHING_PLAYING
        written = Now.model_construct(
            server_time=server_time(now),
            state=state,
            problem=snapshot.problem,
            retry_at=None if snapshot.retry_at is None else server_time(snapshot.retry_at),
            source=snapshot.source,
            is_estimated=moment.is_estimated,
            track=None if moment.track is None else _track(moment.track),
            is_playing=moment.is_playing,
            position=playback.position,
            taken_at=server_time(playback.taken_at) if playback.track else 0.0,
            lyrics=self._shown(moment.lyrics, offset),
            line=None if moment.line is None else _line(moment.line, offset),
            next_line=None if moment.next_line is None else _line(moment.next_line, offset),
            prompt=prompt,
            prompt_is_sent=sent_prompt is not None,
        )
        return written, moment.holds_until - now

    def _shown(self, lyrics: lyrics_model.Lyrics, offset: float) -> Lyrics:
        # Long, and the same object for a whole song.
        if lyrics is not self._lyrics or offset != self._offset:
            self._lyrics, self._offset = lyrics, offset
            lines = [_line(line, offset) for line in lyrics.lines]
            self._written = Lyrics(kind=lyrics.kind, lines=lines, plain=lyrics.plain)
        return self._written


@functools.lru_cache(maxsize=8)
def _track(track: playback_model.Track) -> Track:
    return Track(
        id=track.id,
        uri=track.uri,
        title=track.title,
        artists=list(track.artists),
        artist=track.artist,
        album=track.album,
        duration=track.duration,
        explicit=track.explicit,
        artwork_url=track.artwork_url,
        is_podcast=track.is_episode,
    )


def _line(line: lyrics_model.LyricLine, offset: float) -> Line:
    return Line(
        index=line.index,
        start=line.start - offset,
        end=line.end - offset,
        text=line.text,
        words=[Word(start=word.start - offset, text=word.text) for word in line.words],
    )
