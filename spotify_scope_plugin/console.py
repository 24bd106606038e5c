"""The terminal, prepared for strangers' words."""

import logging
import sys


def prepare_console() -> None:
    """Let warnings be plain sentences, and no console fail at a script that it cannot show."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    for stream in (sys.stdout, sys.stderr):
        # Lyrics come in every script; a console that cannot show one must not stop the song.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
