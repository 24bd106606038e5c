"""Which update goes out now: what is sung, the options, and the rules of sending, put together.

Needs neither Scope nor torch.
"""

import contextlib
import math
import operator
import time
from collections.abc import Callable, Mapping
from typing import Any

from ..background import BackgroundLog, log
from ..now_playing import Moment, NowPlaying
from ..options import FIELDS, Options, parse_options
from ..playback.model import Track
from ..playback.snapshot import Snapshot
from ..prompts.composer import compose, unknown_placeholders
from ..prompts.style_words import style_word_holds_for
from ..prompts.themes import CUSTOM
from .telemetry import STAGES, FrameTelemetry
from .updates import PromptUpdates, Update

_NEW_SESSION_AFTER = 5.0  # seconds without a frame
_LOGGED_CHARACTERS = 120


class Prompter:
    """Follows one stream after another: of frames, or of whatever else asks. Used by one thread."""

    def __init__(
        self,
        session: NowPlaying,
        defaults: Mapping[str, Any],
        *,
        sender: str = "Spotify preprocessor",
        log: BackgroundLog = log,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin without having been asked.

        Args:
            session: what plays.
            defaults: option values that each stream begins with, by name; other names are ignored.
            sender: who sends, at the beginning of each log line.
            log: where to leave log lines.
            clock: monotonic time in seconds.
        """
        self.moment: Moment | None = None
        """The moment of the last frame."""
        self.sent_prompt: str | None = None
        """What was last sent in this stream; None before that, and while prompts are not sent."""
        self._session = session
        self._sender = sender
        self._log = log
        self._clock = clock
        self._telemetry = FrameTelemetry(log, lambda: (session.poll_figures, session.fetch_figures))
        self._updates = PromptUpdates()
        self._told: set[str] = set()
        self._defaults = self._options = self._parsed(Options(), defaults)
        self._values: list[Any] = []
        self._called_at = -math.inf
        self._track: Track | None = None
        self._theme_logged = self._prompt_logged = ""
        self._snapshot: Snapshot | None = None
        self._quiet_until = -math.inf
        self._spent = dict.fromkeys(STAGES, 0.0)

    def next_update(self, parameters: Mapping[str, Any]) -> Update:
        """Return what to send downstream with this frame; empty most of the time. Never raises.

        Args:
            parameters: the host's keyword arguments: option values by name, `init_cache`, and anything else.
        """
        try:
            started = time.perf_counter()
            now = self._clock()
            if parameters.get("init_cache") is True or now - self._called_at > _NEW_SESSION_AFTER:
                self.begin_stream()
            self._called_at = now
            options = self._current_options(parameters)
            snapshot = self._session.snapshot()
            self._spent["get_track"] = time.perf_counter() - started
            # Most frames end here: nothing has changed, and until then nothing can.
            if now < self._quiet_until and snapshot is self._snapshot:
                self._spent["lyrics"] = self._spent["prompt"] = 0.0
                return {}
            return self._decide(snapshot, options, now) or {}
        except Exception as error:
            # The video goes on, whatever happens here.
            self._tell("broken", "no prompt can be made (%r); the video goes on.", error)
            return {}

    def count(self, frames: int, passthrough: float) -> None:
        """Count a passed chunk for the log: its frames, and the seconds it took to pass them. Never raises."""
        self._spent["passthrough"] = passthrough
        with contextlib.suppress(Exception):
            self._telemetry.count(frames, self._spent)

    @property
    def options(self) -> Options:
        """The options of the stream."""
        return self._options

    def in_use(self) -> tuple[Options, str | None]:
        """Return the options of the stream, and the prompt that its image shows; None once no frames come."""
        is_running = self._clock() - self._called_at < _NEW_SESSION_AFTER
        return self._options, self.sent_prompt if is_running else None

    def begin_stream(self) -> None:
        """Forget what was sent: who gets it now is new, and has no prompt to blend from."""
        global _latest  # noqa: PLW0603 - the host makes the prompters, and tells nobody of them
        _latest = self
        self.sent_prompt = None
        self._tell("called", "__call__ invoked")
        self._updates.begin_session()
        self._quiet_until = -math.inf

    def _decide(self, snapshot: Snapshot, options: Options, now: float) -> Update | None:
        started = time.perf_counter()
        lead = options.lyrics_preview_seconds + options.lyrics_offset_seconds
        self.moment = self._session.moment(
            lead, estimate=options.lyrics_estimate_timing, now=now, snapshot=snapshot
        )
        self._snapshot = snapshot
        got_lyrics = time.perf_counter()
        update = self._update(self.moment, options, now)
        self._quiet_until = min(
            self.moment.holds_until,
            now + style_word_holds_for(self.moment.position, options.lyrics_style_rotation_seconds),
            self._updates.rests_until,
        )
        self._spent["lyrics"] = got_lyrics - started
        self._spent["prompt"] = time.perf_counter() - got_lyrics
        return update

    def _update(self, moment: Moment, options: Options, now: float) -> Update | None:
        if not options.send_prompts:
            self._updates.pause()
            self.sent_prompt = None
            return None
        prompt = compose(moment, options)
        if prompt is None:
            return None
        update = self._updates.next_update(
            prompt,
            options,
            now,
            line=moment.line,
            next_line_in=moment.next_line_in,
            cut=options.hard_cut_on_track_change and moment.is_playing and self._is_next_track(moment.track),
        )
        if update is not None:
            self.sent_prompt = prompt
            self._track = moment.track if moment.is_playing else self._track
            if prompt != self._prompt_logged:
                self._prompt_logged = prompt
                self._log.warning("%s: prompt sent to pipeline: %s", self._sender, prompt[:_LOGGED_CHARACTERS])
        return update

    def _is_next_track(self, track: Track | None) -> bool:
        return track is not None and self._track is not None and not track.is_same_as(self._track)

    def _current_options(self, parameters: Mapping[str, Any]) -> Options:
        # The host hands over the same objects until somebody changes one: identity is enough, and never
        # compares values of types nobody expects here.
        values = list(map(parameters.get, FIELDS))
        if not self._values or any(map(operator.is_not, values, self._values)):
            self._values = values
            self._quiet_until = -math.inf
            before, self._options = self._options, self._parsed(self._defaults, parameters)
            if self._options.look_now != before.look_now:
                self._session.look_now()
            if self._options.template_theme != self._theme_logged:
                self._theme_logged = self._options.template_theme
                self._log.warning("%s: template_theme=%s", self._sender, self._theme_logged)
        return self._options

    def _parsed(self, base: Options, values: Mapping[str, Any]) -> Options:
        options, problems = parse_options(base, values)
        # A problem that went away is told again when it comes back.
        self._told -= {f"bad {name}" for name in FIELDS if name not in problems}
        for name, problem in problems.items():
            self._tell(f"bad {name}", "%s", problem)
        if options.template_theme == CUSTOM:
            for name in unknown_placeholders(options.custom_template):
                self._tell(
                    f"unknown {name}",
                    "the custom template has an unknown placeholder {%s}, which is left out; "
                    "there are {lyrics}, {song} and {artist}.",
                    name,
                )
        return options

    def _tell(self, what: str, message: str, *args: Any) -> None:
        """Warn once about each thing."""
        if what not in self._told:
            self._told.add(what)
            self._log.warning(f"%s: {message}", self._sender, *args)


_latest: Prompter | None = None


def in_use(defaults: Options) -> tuple[Options, str | None]:
    """Return what the stream that began last in this process uses; `defaults` and None before the first one."""
    return (defaults, None) if _latest is None else _latest.in_use()
