"""Sharing what plays here with the plugin on another computer, until Ctrl-C."""

import dataclasses
import logging
import platform
import time

from ..now_playing import make_session
from ..playback import troubles
from ..playback.remote import inbox
from ..playback.remote.address import Address
from ..playback.remote.sharer import CannotShare, Shared, SharingClient
from ..playback.snapshot import Health, Snapshot
from ..settings import Settings
from .text import StatusLine, printable, what_is_played

_LOOK_SECONDS = 0.05


def share_music(settings: Settings, address: str) -> int:
    """Share until Ctrl-C; returns the exit code: 0, or 1 when the other side will not have it."""
    target = Address.parse(address, settings.lyrics_app_token)
    client = SharingClient(target, platform.node().partition(".")[0])
    for module in (troubles, inbox):
        logging.getLogger(module.__name__).setLevel(logging.ERROR)  # what these would warn about is shown
    if settings.source == "auto" and not settings.client_id:
        settings = dataclasses.replace(settings, source="local")
    session = make_session(settings)
    status = StatusLine()
    print(f"Sharing what plays here with {target.name}. Ctrl-C ends it.", flush=True)
    told_of = ""
    try:
        while True:
            snapshot = session.snapshot()
            client.share(snapshot)
            if client.status.replaced and client.status.replaced != told_of:
                told_of = client.status.replaced
                status.say(f"{printable(told_of)} shared before; this computer has taken its place.")
            status.show(*_sentence(snapshot, client.status, target.name))
            time.sleep(_LOOK_SECONDS)
    except CannotShare as error:
        status.say(printable(str(error)))
        return 1
    except KeyboardInterrupt:
        status.say("Stopped sharing.")
        client.stop()
        return 0
    finally:
        session.close()


def _sentence(snapshot: Snapshot, shared: Shared, name: str) -> tuple[str, str]:
    """Return what is so, and with it what runs on."""
    if shared.problem:
        return shared.problem, ""
    if not shared.arrived:
        return f"Looking for {name} ...", ""
    playback = snapshot.playback_at(time.monotonic())
    if snapshot.health is Health.STARTING:
        return "Looking for the music ...", ""
    if playback.track is None and snapshot.problem:
        return snapshot.problem, ""
    what, position = what_is_played(playback)
    return what, f"{position}, arrives in {shared.round_trip * 500:.0f} ms"
