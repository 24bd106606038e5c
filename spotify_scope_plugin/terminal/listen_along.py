"""Making Spotify on this computer play what plays elsewhere, until Ctrl-C."""

import logging
import time

from ..playback import troubles
from ..playback.local.control import CannotControl, control_of_this_system
from ..playback.local.listener import LocalPlayer
from ..playback.local.system import system_listener
from ..playback.model import Playback
from ..playback.pace import FixedPace
from ..playback.remote.address import Address
from ..playback.remote.along import ListenAlong
from ..playback.remote.follow import FollowPlayer
from ..playback.snapshot import Health
from ..playback.source import Source
from ..playback.watcher import Watcher
from ..settings import Settings
from .text import StatusLine, what_is_played

_LOOK_SECONDS = 0.1


def listen_along(settings: Settings, address: str) -> int:
    """Follow until Ctrl-C; the music here then goes on. Returns the exit code."""
    target = Address.parse(address)
    status = StatusLine()
    logging.getLogger(troubles.__name__).setLevel(logging.ERROR)  # what it would warn about is shown
    watcher = Watcher([Source(FollowPlayer(target), FixedPace(1.0, 1.0), target.name)])
    listener = system_listener()
    try:
        control = control_of_this_system(settings.player)
        along = ListenAlong(control, LocalPlayer(listener, settings.player or "spotify"))
        print(f"Listening along with {target.name}. Ctrl-C lets go.", flush=True)
        if not control.can_seek:
            print("Tracks are opened here, but this system offers no way to move within them: expect a delay.")
        while True:
            watcher.touch()
            snapshot = watcher.snapshot
            now = time.monotonic()
            problem = snapshot.problem
            if snapshot.health is Health.OK:
                problem = _followed(along, snapshot.playback_at(now), now)
            what, position = what_is_played(snapshot.playback_at(now))
            if snapshot.health is Health.STARTING:
                what, position = f"Looking for {target.name} ...", ""
            status.show(problem or what, "" if problem else f"{position}{along.drift_in_words()}")
            time.sleep(_LOOK_SECONDS)
    except KeyboardInterrupt:
        status.say("Let go.")
        return 0
    finally:
        watcher.close()
        listener.close()


def _followed(along: ListenAlong, wanted: Playback, now: float) -> str:
    """Follow, and return why that is not possible; the player here may be started later, or hang for a moment."""
    try:
        return along.follow(wanted, now)
    except CannotControl as error:
        return str(error)
