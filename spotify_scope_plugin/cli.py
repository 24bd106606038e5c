"""The `spotify-scope` command."""

import argparse
import logging
import math
import sys
from collections.abc import Sequence

from . import __version__, settings
from .lyrics.model import Song

_LONGEST_SONG = 24 * 3600.0  # seconds


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="spotify-scope", description="Spotify for Daydream Scope.")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True)
    auth = commands.add_parser("auth", help="log in to Spotify, once")
    auth.add_argument("--again", action="store_true", help="log in even if there is a login already")
    commands.add_parser("now", help="show what plays, the current line and the prompt")
    lyrics = commands.add_parser("lyrics", help="show which lyrics are found for a song, and why")
    lyrics.add_argument("artist", nargs="?", help='the artist; several as "A; B"')
    lyrics.add_argument("title", nargs="?", help="the title, as Spotify writes it")
    lyrics.add_argument("--duration", type=_duration, default=0.0, metavar="S", help="seconds, or minutes:seconds")
    lyrics.add_argument("--album", default="")
    lyrics.add_argument("--clear-cache", action="store_true", help="forget all lyrics found so far")
    commands.add_parser(
        "lyrics-page",
        help="serve the lyrics page, to sing along on a second screen",
        description="Serves the lyrics page. Environment variables say where and for whom: LYRICS_APP_HOST, "
        "LYRICS_APP_PORT, LYRICS_APP_TOKEN, LYRICS_APP_ALLOWED_HOSTS.",
    )
    commands.add_parser(
        "demo",
        help="play built-in songs: no Spotify, no Scope, no GPU",
        description="Plays built-in songs, and serves the lyrics page; for DEMO_SECONDS, or until Ctrl-C.",
    )
    chosen = parser.parse_args(arguments)
    if chosen.command == "lyrics" and not chosen.clear_cache and not (chosen.artist and chosen.title):
        lyrics.error('give an artist and a title, as in: spotify-scope lyrics "John Newton" "Amazing Grace"')

    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    for stream in (sys.stdout, sys.stderr):
        # Lyrics come in every script; a console that cannot show one must not stop the song.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        return _run(chosen)
    except KeyboardInterrupt:
        print()
        return 130


def _duration(text: str) -> float:
    minutes, _, seconds = text.rpartition(":")
    try:
        duration = int(minutes or 0) * 60 + float(seconds)
    except ValueError:
        duration = math.nan
    if not 0 <= duration < _LONGEST_SONG:
        raise argparse.ArgumentTypeError(f"must be seconds or minutes:seconds, such as 3:21, not {text!r}")
    return duration


def _run(chosen: argparse.Namespace) -> int:
    if chosen.command == "auth":
        from .terminal.auth import log_in

        return log_in(settings.current(), again=chosen.again)
    if chosen.command == "now":
        from .terminal.now import show_now

        return show_now(settings.current())
    if chosen.command == "lyrics":
        from .terminal.lyrics import clear_cache, show_lyrics

        if chosen.clear_cache:
            return clear_cache(settings.current())
        song = Song(chosen.title, tuple(chosen.artist.split("; ")), chosen.album, chosen.duration)
        return show_lyrics(settings.current(), song)
    if chosen.command == "lyrics-page":
        from lyrics_app.server import serve

        return serve(settings.current())
    from .terminal.demo import run_demo

    return run_demo(settings.current())


if __name__ == "__main__":
    sys.exit(main())
