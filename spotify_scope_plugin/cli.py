"""The `spotify-scope` command: what it understands. What it then does is a file in `terminal/` each."""

import argparse
import json
import math
import signal
import sys
from collections.abc import Sequence
from typing import Any

from . import __version__, settings
from .console import prepare_console
from .lyrics.model import Song
from .options import OptionError
from .setting_types import page_address

_LONGEST_SONG = 24 * 3600.0  # seconds


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    chosen = _parser().parse_args(arguments)
    prepare_console()
    # A closed terminal or a service manager ends a command as politely as Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return _run(chosen)
    except KeyboardInterrupt:
        print()
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="spotify-scope", description="Spotify for Daydream Scope.")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True)
    auth = commands.add_parser("auth", help="log in to Spotify, once")
    auth.add_argument("--again", action="store_true", help="log in even if there is a login already")
    commands.add_parser("now", help="show what plays, the current line and the prompt")
    commands.add_parser("players", help="list the players on this computer, and what they play")
    share = commands.add_parser(
        "share",
        help="send what plays here to the plugin on another computer",
        description="Sends what plays on this computer to the plugin on another one, until Ctrl-C: that one then "
        "needs no Spotify app and no login.",
    )
    share.add_argument("address", type=_address, help="of its lyrics page, with #token=… if that needs one")
    along = commands.add_parser(
        "listen-along",
        help="make Spotify on this computer play what plays elsewhere",
        description="Makes Spotify on this computer play the same track at the same position, until Ctrl-C.",
    )
    along.add_argument("address", type=_address, help="of a lyrics page, with #token=… if that needs one")
    drive = commands.add_parser(
        "drive",
        help="send the prompts to a Scope, without a plugin there",
        description="Sends the prompts of the song that plays to a Scope, here or elsewhere, until Ctrl-C.",
    )
    drive.add_argument("address", type=_address, nargs="?", default="http://127.0.0.1:8000", help="of Scope")
    drive.add_argument("--osc", type=_host_and_port, metavar="HOST:PORT", help="send OSC over UDP instead")
    drive.add_argument("--start", default="", metavar="PIPELINE", help="load a pipeline and start a text session")
    drive.add_argument(
        "--param", type=_parameter, action="append", default=[], metavar="NAME=VALUE", help="for the pipeline"
    )
    drive.add_argument("--stop-on-pause", action="store_true", help="pause Scope while the music is paused")
    drive.set_defaults(complain=drive.error)
    lyrics = commands.add_parser("lyrics", help="show which lyrics are found for a song, and why")
    lyrics.add_argument("artist", nargs="?", help='the artist; several as "A; B"')
    lyrics.add_argument("title", nargs="?", help="the title, as Spotify writes it")
    lyrics.add_argument("--duration", type=_duration, default=0.0, metavar="S", help="seconds, or minutes:seconds")
    lyrics.add_argument("--album", default="")
    lyrics.add_argument("--clear-cache", action="store_true", help="forget all lyrics found so far")
    lyrics.set_defaults(complain=lyrics.error)
    commands.add_parser(
        "lyrics-page",
        help="serve the lyrics page, to sing along on a second screen",
        description="Serves the lyrics page. Environment variables say where and for whom: LYRICS_APP_HOST, "
        "LYRICS_APP_PORT, LYRICS_APP_TOKEN, LYRICS_APP_ALLOWED_HOSTS.",
    )
    doctor = commands.add_parser(
        "doctor",
        help="find out what keeps it from working",
        description="Looks at everything the plugin needs, and says what to do next. Asks Spotify one question. "
        "No secret is printed: the output can go into a bug report.",
    )
    doctor.add_argument("--json", action="store_true", help="for programs")
    commands.add_parser("token", help="make a good LYRICS_APP_TOKEN")
    commands.add_parser(
        "demo",
        help="play built-in songs: no Spotify, no Scope, no GPU",
        description="Plays built-in songs, and serves the lyrics page; for DEMO_SECONDS, or until Ctrl-C.",
    )
    return parser


def _duration(text: str) -> float:
    minutes, _, seconds = text.rpartition(":")
    try:
        duration = int(minutes or 0) * 60 + float(seconds)
    except ValueError:
        duration = math.nan
    if not 0 <= duration < _LONGEST_SONG:
        raise argparse.ArgumentTypeError(f"must be seconds or minutes:seconds, such as 3:21, not {text!r}")
    return duration


def _address(text: str) -> str:
    try:
        return page_address(text)
    except OptionError:
        raise argparse.ArgumentTypeError("must be an address such as https://abc-8765.proxy.runpod.net") from None


def _host_and_port(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise argparse.ArgumentTypeError("must be a host and a port, such as 127.0.0.1:8000")
    return host.strip("[]"), int(port)


def _parameter(text: str) -> tuple[str, Any]:
    """Understand `name=value`; the value as JSON where it is some, as text otherwise."""
    name, sign, value = text.partition("=")
    if not name or not sign:
        raise argparse.ArgumentTypeError("must be a name and a value, such as width=576")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _run(chosen: argparse.Namespace) -> int:
    if chosen.command == "token":
        from lyrics_app.access import new_token

        print(new_token())
        return 0
    if chosen.command == "doctor":
        from .terminal.doctor import examine

        return examine(as_json=chosen.json)
    return _run_with(settings.current(), chosen)


def _run_with(known: settings.Settings, chosen: argparse.Namespace) -> int:  # noqa: PLR0911 - a command each
    if chosen.command == "auth":
        from .terminal.auth import log_in

        return log_in(known, again=chosen.again)
    if chosen.command == "now":
        from .terminal.now import show_now

        return show_now(known)
    if chosen.command == "players":
        from .terminal.players import show_players

        return show_players(known)
    if chosen.command == "share":
        from .terminal.share import share_music

        return share_music(known, chosen.address)
    if chosen.command == "listen-along":
        from .terminal.listen_along import listen_along

        return listen_along(known, chosen.address)
    if chosen.command == "drive":
        from .terminal.drive import Drive, drive

        if chosen.osc and chosen.start:
            chosen.complain("--start needs Scope's HTTP API, which --osc does without")
        parameters = dict(chosen.param)
        return drive(known, Drive(chosen.address, chosen.osc, chosen.start, parameters, chosen.stop_on_pause))
    if chosen.command == "lyrics":
        from .terminal.lyrics import clear_cache, show_lyrics

        if chosen.clear_cache:
            return clear_cache(known)
        if not (chosen.artist and chosen.title):
            chosen.complain(
                'give an artist and a title, as in: spotify-scope lyrics "John Newton" "Amazing Grace"'
            )
        return show_lyrics(
            known, Song(chosen.title, tuple(chosen.artist.split("; ")), chosen.album, chosen.duration)
        )
    if chosen.command == "lyrics-page":
        from lyrics_app.server import serve

        return serve(known)
    from .terminal.demo import run_demo

    return run_demo(known)


if __name__ == "__main__":
    sys.exit(main())
