"""Where the music comes from, the login, and the lyrics of what plays."""

import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from ..lyrics.lrclib import Lrclib
from ..lyrics.model import Song
from ..lyrics.provider import LyricsUnavailable
from ..playback.local.listener import LocalPlayer
from ..playback.model import Track
from ..playback.player import NotLoggedIn, Player, PlayerError, QuotaExceeded, RateLimited, Refused
from ..playback.remote.address import Address
from ..playback.source import Source
from ..playback.sources import sources_for
from ..playback.spotify.budget import Budget
from ..playback.spotify.login import SCOPES
from ..playback.spotify.player import SpotifyPlayer
from ..playback.spotify.token_file import TokenFile
from ..settings import Settings
from ..web import can_connect
from .report import Finding, bad, doubtful, good, shown

_LASTS_ON_PODS = (Path("/workspace"), Path("/runpod-volume"))
_MOST_SKEW = 5.0  # seconds
_FEW_LEFT = 500


def login(settings: Settings) -> Iterator[Finding]:
    """Look at the token file, without showing what it holds."""
    if settings.source not in {"auto", "spotify"}:
        return
    if not settings.client_id:
        level = bad if settings.source == "spotify" else doubtful
        yield level(
            "Login",
            "SPOTIFY_CLIENT_ID is not set, so Spotify cannot be asked",
            "Make a Spotify app and set its client ID, or play the music on this computer, or share it to here.",
        )
        return
    path = settings.token_file
    if settings.refresh_token:
        yield good("Login", "SPOTIFY_REFRESH_TOKEN is set, and takes the place of the file")
    file = TokenFile(path)
    token = file.read()
    if token is None:
        if file.problem:
            problem = file.problem.replace(str(path), shown(path))
            yield bad("Login", problem, "Run `spotify-scope auth --again` here.")
        elif not settings.refresh_token:
            yield bad("Login", f"there is no {shown(path)}", "Run `spotify-scope auth` here.")
        return
    details = path.stat()
    days = max(0.0, time.time() - details.st_mtime) / 86400
    yield good("Login", f"{shown(path)}, written {days:.1f} days ago")
    if sys.platform != "win32" and stat.S_IMODE(details.st_mode) & 0o077:
        yield doubtful("Login", "others on this machine can read the file", f"chmod 600 {shown(path)}")
    granted = set(str(token.get("scope", "")).split())
    if missing := set(SCOPES.split()) - granted:
        yield doubtful(
            "Login",
            f"it was not given the right to {', '.join(sorted(missing))}",
            "Run `spotify-scope auth --again`: what comes next is not known without it.",
        )
    on_volume = any(volume in path.resolve().parents for volume in _LASTS_ON_PODS)
    if settings.runpod_pod_id and not on_volume:
        yield doubtful(
            "Login",
            "the file is lost with the pod",
            "Set SPOTIFY_SCOPE_HOME=/workspace/.scope-spotify, which lies on the pod's volume, and log in again.",
        )


def sources(settings: Settings) -> Iterator["Finding | Track"]:
    """Ask each source once what plays; yields findings, and the track that plays if there is one."""
    chosen = settings.source
    if settings.is_followed:
        chosen = Address.parse(chosen).name
    yield good("Music", f"SPOTIFY_SCOPE_SOURCE is {chosen}")
    for source in sources_for(settings):
        yield from _asked(source, settings)


def _asked(source: Source, settings: Settings) -> Iterator["Finding | Track"]:
    player = source.player
    if isinstance(player, SpotifyPlayer) and not settings.client_id:
        return  # said already
    name = source.snapshot.source or "The player"
    try:
        playback = player.read()
    except RateLimited as error:
        level = bad if isinstance(error, QuotaExceeded) else doubtful
        yield level(name, str(error), "Wait; or play the music on a computer: `spotify-scope share`.")
    except PlayerError as error:
        is_said = isinstance(error, NotLoggedIn) and error.local
        if not source.is_quiet and not is_said:
            yield bad(name, str(error), _next_step(error, player))
        return
    except Exception as error:
        yield bad(name, f"its answer makes no sense ({type(error).__name__})", "Report it, with this output.")
        return
    else:
        track = playback.track
        if track is not None:
            state = "plays" if playback.is_playing else "rests at"
            yield good(name, f"{state} {_quoted(track.title)} by {_quoted(track.artist)}")
            yield track
        elif not source.is_quiet:
            yield good(name, "answers; nothing plays")
    if isinstance(player, SpotifyPlayer):
        yield from _budget(settings)
        yield from _skew(player.clock_skew)


def _next_step(error: PlayerError, player: Player) -> str:
    if isinstance(player, LocalPlayer):
        return "See what the README says of players on this computer."
    if isinstance(error, NotLoggedIn):
        return "Run `spotify-scope auth` here."
    if isinstance(error, Refused):
        return "Look at the app in Spotify's developer dashboard."
    return "Check the network, a proxy (HTTPS_PROXY), and the address."


def _budget(settings: Settings) -> Iterator[Finding]:
    budget = Budget(settings.requests_file, settings.requests_a_day)
    used, left = budget.used, budget.left
    if left is None:
        yield good("Requests", f"{used} in the last 24 hours; SPOTIFY_REQUESTS_A_DAY=0: no limit")
    elif left < _FEW_LEFT:
        yield doubtful(
            "Requests",
            f"{used} in the last 24 hours, {left} left of SPOTIFY_REQUESTS_A_DAY={settings.requests_a_day}",
            "Spotify is asked more rarely now. Music from a computer needs none: `spotify-scope share`.",
        )
    else:
        yield good("Requests", f"{used} in the last 24 hours, {left} left")


def _skew(seconds: float | None) -> Iterator[Finding]:
    if seconds is not None and abs(seconds) > _MOST_SKEW:
        direction = "ahead" if seconds > 0 else "behind"
        yield doubtful(
            "Clock", f"is {abs(seconds):.0f} s {direction} of Spotify's", "Set this machine's clock (NTP)."
        )
    elif seconds is not None:
        yield good("Clock", "agrees with Spotify's")


def lyrics(settings: Settings, track: Track | None) -> Iterator[Finding]:
    """Look whether LRCLIB answers, and what it has of the track that plays."""
    if settings.source == "demo":
        return
    if not can_connect(settings.lrclib_base_url):
        yield bad("Lyrics", "LRCLIB cannot be reached", "Check the network and LRCLIB_BASE_URL.")
        return
    if track is None or track.is_episode:
        yield good("Lyrics", "LRCLIB can be reached")
        return
    try:
        song = Song(track.title, track.artists, track.album, track.duration, track.id or "")
        finding = Lrclib(settings.lrclib_base_url).find(song, lambda: True)
    except LyricsUnavailable as error:
        yield bad("Lyrics", str(error), "It is tried again by itself.")
        return
    source = f", {finding.source}" if finding.source else ""
    yield good("Lyrics", f"LRCLIB on {_quoted(track.title)}: {finding.kind.value}{source}")


def _quoted(text: str) -> str:
    return '"' + "".join(character if character.isprintable() else "?" for character in text[:100]) + '"'
