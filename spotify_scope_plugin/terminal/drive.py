"""Driving a Scope elsewhere, with a live view of what is sung, sent and answered."""

import dataclasses
import logging
import re
import time
from typing import Any

from ..background import log
from ..driving.api import ScopeApi, ScopeError
from ..driving.driver import Driver, HttpTarget, OscTarget, Status, Target
from ..now_playing import Moment, NowPlaying, make_session
from ..sending.prompter import Prompter
from ..settings import Settings
from .live import LiveView, Row
from .text import printable, song_clock

_STEP_SECONDS = 0.02
_SHOWN_PROMPT = 300
_OSC_SINCE = (0, 1, 6)


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
    driver = _driver(prompter, api, asked)
    is_started = False
    try:
        if asked.start:
            print(f"Loading {asked.start} on {api.name} ...", flush=True)
            api.load(asked.start, asked.parameters)
            prompt = [{"text": settings.options.fallback_prompt, "weight": 1.0}]
            is_started = True  # even if the answer is lost
            api.begin(asked.start, asked.parameters, prompt)
        _follow(session, prompter, driver, api.name)
    except ScopeError as error:
        print(error)
        return 1
    except KeyboardInterrupt:
        print("Stopped driving.")
    finally:
        _let_go(driver, api, is_started=is_started)
        api.close()
        session.close()
        log.flush()
    return 0


def _driver(prompter: Prompter, api: ScopeApi, asked: Drive) -> Driver:
    target: Target = HttpTarget(api) if asked.osc is None else OscTarget(*asked.osc)
    return Driver(
        prompter, target, fall_back=lambda: _osc_of_an_old_server(api), stop_on_pause=asked.stop_on_pause
    )


def _osc_of_an_old_server(api: ScopeApi) -> Target | None:
    """Return OSC to a Scope that has it, but not the session API; None where that is not so."""
    try:
        version = tuple(int(part) for part in re.findall(r"\d+", api.version())[:3])
    except ScopeError:
        return None
    # UDP passes no proxy that speaks https.
    return OscTarget(api.host, api.port) if version >= _OSC_SINCE and not api.is_secure else None


def _let_go(driver: Driver, api: ScopeApi, *, is_started: bool) -> None:
    """Leave Scope as it was found."""
    try:
        if is_started:
            api.stop()
        else:
            driver.release()
    except ScopeError as error:
        print(error)


def _follow(session: NowPlaying, prompter: Prompter, driver: Driver, name: str) -> None:
    with LiveView(f"Driving {name}") as view:
        while True:
            driver.step()
            moment = prompter.moment or session.moment()
            view.show(_rows(moment, prompter, driver.status))
            time.sleep(_STEP_SECONDS)


def _rows(moment: Moment, prompter: Prompter, status: Status) -> dict[str, Row]:
    track = moment.track
    song, position = printable(moment.problem) or "nothing plays", ""
    if track is not None:
        state = "" if moment.is_playing else ", paused"
        trouble = f" ({printable(moment.problem)})" if moment.problem else ""
        song = f"{printable(track.title)} by {printable(track.artist)}{state}{trouble}"
        position = song_clock(moment.playback.position_at(time.monotonic()))
    said, counts = status.problem, ""
    if not said and status.session is not None:
        rate = (
            f", {status.session.frames_per_second:.1f} frames a second" if status.session.frames_per_second else ""
        )
        trip = f" in {status.round_trip * 1000:.0f} ms" if status.round_trip is not None else ""
        said = "takes the prompts" if trip else "runs a session"
        if not status.session.is_confirmed:
            said = f"{status.session.id}, which nobody confirms: text only, for a Scope with an open browser"
        counts = f"{status.sent} sent, the last{trip}{rate}"
    return {
        "Song": Row(song, position),
        "Line": Row(printable(moment.line.text) if moment.line else ""),
        "Scope": Row(said, counts),
        "Prompt": Row(printable((prompter.sent_prompt or "")[:_SHOWN_PROMPT])),
    }
