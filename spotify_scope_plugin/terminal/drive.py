"""Driving a Scope elsewhere, with a live view of what is sung, sent and answered."""

import dataclasses
import logging
import time
from typing import Any

from ..driving.api import ScopeApi, ScopeError, TooOld
from ..driving.driver import Driver, HttpTarget, OscTarget, Status, Target
from ..now_playing import Moment, NowPlaying, make_session
from ..sending.prompter import Prompter, frame_log
from ..settings import Settings
from .live import LiveView
from .text import printable, song_clock

_STEP_SECONDS = 0.02
_SHOWN_PROMPT = 300


@dataclasses.dataclass(frozen=True)
class Drive:
    """What the user asked for."""

    address: str
    osc: tuple[str, int] | None = None
    start: str = ""
    parameters: dict[str, Any] = dataclasses.field(default_factory=dict)
    stop_on_pause: bool = False


def drive(settings: Settings, asked: Drive) -> int:
    """Drive until Ctrl-C; returns the exit code: 0, or 1 when the pipeline cannot be started."""
    for name in ("spotify_scope_plugin",):
        logging.getLogger(name).setLevel(logging.ERROR)  # what it would warn about is shown
    api = ScopeApi(asked.address)
    session = make_session(settings)
    options = {**dataclasses.asdict(settings.options), "send_prompts": True}
    prompter = Prompter(session, options, sender="Spotify driver")
    is_started = False
    try:
        if asked.start:
            print(f"Loading {asked.start} on {api.name} ...", flush=True)
            prompt = [{"text": settings.options.fallback_prompt, "weight": 1.0}]
            api.start(asked.start, asked.parameters, prompt)
            is_started = True
        _follow(session, prompter, _driver(prompter, api, asked), api.name)
    except ScopeError as error:
        print(error)
        return 1
    except KeyboardInterrupt:
        print("Stopped driving.")
    finally:
        if is_started:
            _stop(api)
        api.close()
        session.close()
        frame_log.flush()
    return 0


def _driver(prompter: Prompter, api: ScopeApi, asked: Drive) -> Driver:
    target: Target = HttpTarget(api) if asked.osc is None else OscTarget(*asked.osc)
    return Driver(
        prompter, target, fall_back=lambda: _osc_of_an_old_server(api), stop_on_pause=asked.stop_on_pause
    )


def _osc_of_an_old_server(api: ScopeApi) -> Target | None:
    """Return OSC to a server that is Scope, but without the session API; None where that is not so."""
    try:
        api.version()
    except TooOld:
        return None
    except ScopeError:
        return None
    return OscTarget(api.host, api.port)


def _stop(api: ScopeApi) -> None:
    try:
        api.stop()
    except ScopeError as error:
        print(error)


def _follow(session: NowPlaying, prompter: Prompter, driver: Driver, name: str) -> None:
    with LiveView(f"Driving {name}") as view:
        while True:
            driver.step()
            moment = prompter.moment or session.moment()
            view.show(_rows(moment, prompter, driver.status))
            time.sleep(_STEP_SECONDS)


def _rows(moment: Moment, prompter: Prompter, status: Status) -> dict[str, str]:
    track = moment.track
    playback = moment.playback
    position = song_clock(playback.position_at(time.monotonic()))
    song = moment.problem or "nothing plays"
    if track is not None:
        state = "" if moment.is_playing else ", paused"
        estimated = ", estimated" if moment.is_estimated else ""
        song = f"{printable(track.title)} by {printable(track.artist)}, {position}{state}{estimated}"
    said = status.problem
    if not said and status.session is not None:
        rate = (
            f", {status.session.frames_per_second:.1f} frames a second" if status.session.frames_per_second else ""
        )
        trip = f" in {status.round_trip * 1000:.0f} ms" if status.round_trip is not None else ""
        said = f"takes the prompts, {status.sent} sent, the last{trip}{rate}" if trip else f"runs a session{rate}"
    return {
        "Song": song,
        "Line": printable(moment.line.text) if moment.line else "",
        "Prompt": printable((prompter.sent_prompt or "")[:_SHOWN_PROMPT]),
        "Scope": said,
    }
