"""The lyrics page's port, and a Scope server on this machine."""

import socket
from collections.abc import Iterator

import requests

from ..driving.api import ScopeApi, ScopeError, Unreachable
from ..settings import Settings
from ..web import BoundedSession
from .report import Finding, bad, doubtful, good

_SCOPE = "http://127.0.0.1:8000"
_TIMEOUT = 3.0
_ALL = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared, not bound


def page(settings: Settings) -> Iterator[Finding]:
    """Look at the port of the lyrics page, and at who could open it."""
    port, host = settings.lyrics_app_port, settings.lyrics_app_host
    if port and _page_answers(host, port):
        yield good("Lyrics page", f"runs on port {port}")
    elif why := _why_not(host, port):
        yield bad(
            "Lyrics page",
            f"port {port} on {host} cannot be used ({why})",
            "Stop the program that has it, or set LYRICS_APP_PORT or LYRICS_APP_HOST.",
        )
    elif settings.lyrics_app:
        yield good("Lyrics page", f"will run in Scope, on port {port}")
    else:
        yield good("Lyrics page", f"does not run; port {port} is free (`spotify-scope lyrics-page`, LYRICS_APP=1)")
    yield from _who_may(settings)


def _who_may(settings: Settings) -> Iterator[Finding]:
    from lyrics_app.access import weakness
    from lyrics_app.hosts import is_loopback

    if settings.lyrics_app_token:
        if why := weakness(settings.lyrics_app_token):
            yield doubtful("Lyrics page", f"LYRICS_APP_TOKEN {why}", "`spotify-scope token` makes a good one.")
        else:
            yield good("Lyrics page", "whoever knows the token may look")
    elif is_loopback(settings.lyrics_app_host):
        yield good("Lyrics page", "can be opened on this machine only")
    elif settings.runpod_pod_id:
        yield doubtful(
            "Lyrics page",
            "anybody who knows the pod's address may look",
            "Set LYRICS_APP_TOKEN; `spotify-scope token` makes one.",
        )
    else:
        yield good("Lyrics page", "anybody in this network may look (LYRICS_APP_TOKEN changes that)")


def scope_server() -> Iterator[Finding]:
    """Look whether a Scope server runs here, and a session in it."""
    api = ScopeApi(_SCOPE)
    try:
        version = api.version()
        session = api.session()
    except Unreachable:
        yield doubtful(
            "Scope server", f"none answers at {_SCOPE}", "Start Scope, if it is to run on this machine."
        )
    except ScopeError as error:
        yield doubtful("Scope server", str(error), "Scope before 0.1.8 does not tell of its sessions.")
    else:
        runs = f"a session at {session.frames_per_second:.1f} FPS" if session else "no session"
        yield good("Scope server", f"{version or 'of unknown version'}, {runs}")
    finally:
        api.close()


def _page_answers(host: str, port: int) -> bool:
    at = "127.0.0.1" if host in _ALL else f"[{host}]" if ":" in host else host
    with BoundedSession(most_bytes=1024, seconds=_TIMEOUT, timeout=_TIMEOUT, follows_redirects=False) as session:
        session.trust_env = False
        try:
            answer = session.get(f"http://{at}:{port}/healthz")
            return answer.status_code == 200 and answer.json() == {"status": "ok"}
        except (requests.RequestException, ValueError):
            return False


def _why_not(host: str, port: int) -> str:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.create_server((host, port), family=family):
            return ""
    except OSError as error:
        return error.strerror or type(error).__name__
