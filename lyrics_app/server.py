"""The lyrics page as a program of its own: `python -m lyrics_app.server`, or `spotify-scope lyrics-page`."""

import argparse
import contextlib
import sys

from spotify_scope_plugin import settings as environment
from spotify_scope_plugin.console import prepare_console
from spotify_scope_plugin.settings import Settings

_WANTED_FILES = 8192  # each listener is an open file, and many systems begin with 1,024


def serve(settings: Settings) -> int:
    """Serve the page, with the login, cache and settings of the plugin, until Ctrl-C.

    Returns:
        The exit code: 0 stopped by the user, 1 the address cannot be used, 2 the page's libraries are missing.
    """
    try:
        from spotify_scope_plugin.now_playing import make_session

        from .running import CannotListenError, PageServer
    except ModuleNotFoundError as error:
        print(
            f"The Python package {error.name!r} is missing. "
            "In the folder of this repository run: python3 -m pip install '.[lyrics-app]'",
            file=sys.stderr,
        )
        return 2
    _allow_many_files()
    session = make_session(settings)
    try:
        server = PageServer(session, settings, lambda: (settings.options, None))
    except CannotListenError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Lyrics page: {server.invitation()}\nCtrl-C ends it.", flush=True)
    try:
        server.run()
    except KeyboardInterrupt:
        print()
    finally:
        session.close()
    return 0


def _allow_many_files() -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):  # Windows has no such limit
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = _WANTED_FILES if hard == resource.RLIM_INFINITY else min(_WANTED_FILES, hard)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


if __name__ == "__main__":
    argparse.ArgumentParser(
        prog="python -m lyrics_app.server",
        description="Serves the lyrics page. Environment variables say where and for whom: LYRICS_APP_HOST, "
        "LYRICS_APP_PORT, LYRICS_APP_TOKEN, LYRICS_APP_ALLOWED_HOSTS.",
    ).parse_args()
    prepare_console()
    sys.exit(serve(environment.current()))
