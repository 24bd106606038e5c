"""Which players are asked, and in which order: the one place that knows all of them."""

from collections.abc import Callable

from ..settings import Settings
from .demo import DemoPlayer
from .local.listener import LocalPlayer
from .local.system import system_listener
from .pace import FixedPace, Pace
from .remote.address import Address
from .remote.follow import FollowPlayer
from .remote.inbox import Inbox
from .source import Source
from .spotify.budget import Budget
from .spotify.pace import AutoPace
from .spotify.player import SpotifyPlayer

_SPOTIFY_APP = "spotify"  # a part of the name of Spotify's own app, on every system
_AT_HAND = 1.0  # seconds between two looks at a player that tells its news by itself


def sources_for(settings: Settings) -> list[Source]:
    """Return the sources that the settings choose, the first in line first."""
    if settings.source == "demo":
        return [Source(DemoPlayer(), FixedPace(_AT_HAND), "The demo")]
    if settings.source == "spotify":
        return [spotify_source(settings)]
    if settings.source == "local":
        return [_local_source(settings.player)]
    if settings.is_followed:
        address = Address.parse(settings.source)
        return [Source(FollowPlayer(address), FixedPace(_AT_HAND, _AT_HAND), address.name)]
    return [
        Source(
            Inbox(), FixedPace(_AT_HAND, _AT_HAND), "A computer that shares", is_quiet=True, trusts_queue=False
        ),
        # Spotify's own app knows what the Web API knows, and costs no request.
        _local_source(settings.player or _SPOTIFY_APP, is_quiet=True),
        spotify_source(settings, hint=_other_ways),
        *([] if settings.player else [_local_source("", is_quiet=True)]),
    ]


def _other_ways() -> str:
    """Return what a user may do without a login, as far as this computer can."""
    here = system_listener().problem or "Or play the music on this computer."
    return f"{here} Or share it from another one (`spotify-scope share`)."


def spotify_source(settings: Settings, hint: Callable[[], str] = str) -> Source:
    """Return the Web API as a source, asked at the pace that the settings choose."""
    budget = Budget(settings.requests_file, settings.requests_a_day)
    pace: Pace = AutoPace(budget) if settings.poll_seconds is None else FixedPace(settings.poll_seconds)
    return Source(SpotifyPlayer(settings, budget), pace, "Spotify", hint=hint)


def _local_source(wanted: str, *, is_quiet: bool = False) -> Source:
    player = LocalPlayer(system_listener(), wanted)
    return Source(player, FixedPace(_AT_HAND, _AT_HAND), "This computer", is_quiet=is_quiet)
