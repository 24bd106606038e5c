"""The `spotify-scope` command."""

import argparse
import logging
import sys
from collections.abc import Sequence

from . import __version__, settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="spotify-scope", description="Spotify for Daydream Scope.")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True)
    auth = commands.add_parser("auth", help="log in to Spotify, once")
    auth.add_argument("--again", action="store_true", help="log in even if there is a login already")
    commands.add_parser("now", help="show what plays, the current line and the prompt")
    commands.add_parser("demo", help="play built-in songs: no Spotify, no Scope, no GPU")
    chosen = parser.parse_args(arguments)

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


def _run(chosen: argparse.Namespace) -> int:
    if chosen.command == "auth":
        from .terminal.auth import log_in

        return log_in(settings.current(), again=chosen.again)
    if chosen.command == "now":
        from .terminal.now import show_now

        return show_now(settings.current())
    from .terminal.demo import run_demo

    return run_demo(settings.current())


if __name__ == "__main__":
    sys.exit(main())
