"""The whole product in a terminal: no Spotify, no Scope, no GPU."""

import dataclasses
import logging
import math
import time
import webbrowser
from typing import Any

from ..background import log
from ..companion import serve_beside
from ..now_playing import make_session
from ..sending.prompter import Prompter
from ..settings import Settings, has_desktop
from .text import song_clock

FRAMES_PER_SECOND = 30


def run_demo(settings: Settings) -> int:
    """Play the built-in songs through the session, composer and update rules that Scope uses.

    Prints each prompt as it would be sent, with the song's clock, and opens the lyrics page; until Ctrl-C or
    `DEMO_SECONDS`.
    """
    settings = dataclasses.replace(settings, source="demo")
    session = make_session(settings)
    prompter = Prompter(session, {**dataclasses.asdict(settings.options), "send_prompts": True})
    for handler in logging.getLogger().handlers:
        handler.addFilter(_is_no_news)
    print("Demo: built-in songs, 30 frames a second. Ctrl-C ends it.", flush=True)
    page = None
    try:
        page = serve_beside(session, settings, prompter.in_use, any_port=True)
        if page is not None and has_desktop():
            webbrowser.open(page.address)
        seconds = math.inf if settings.demo_seconds is None else settings.demo_seconds
        _play(prompter, time.monotonic() + seconds)
    except KeyboardInterrupt:
        print()
    finally:
        if page is not None:
            page.stop()
        session.close()
        log.flush()
    return 0


def _play(prompter: Prompter, ends_at: float) -> None:
    shown = song = ""
    frame_at = time.monotonic()
    while frame_at < ends_at:
        update = prompter.next_update({})
        prompter.count(1, passthrough=0.0)
        prompt = _text(update)
        moment = prompter.moment
        if prompt and prompt != shown and moment is not None:
            shown = prompt
            track = moment.track
            if track is not None and track.title != song:
                song = track.title
                print(f'\n"{track.title}" by {track.artist}', flush=True)
            print(f"  {song_clock(moment.position)}  {prompt}", flush=True)
        frame_at += 1 / FRAMES_PER_SECOND
        time.sleep(max(0.0, frame_at - time.monotonic()))


def _text(update: dict[str, Any]) -> str:
    prompts = update.get("prompts")
    return str(prompts[0]["text"]) if prompts else ""


def _is_no_news(record: logging.LogRecord) -> bool:
    """Keep out of the demo's log what the demo prints itself."""
    own = ("__call__", "template_theme", "prompt sent", "lyrics of")
    return not any(words in str(record.msg) for words in own)
