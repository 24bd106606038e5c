"""The login from the page: attempts that are begun here, and completed by Spotify's redirect or by a paste."""

import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request

from spotify_scope_plugin.playback.login import Login, PasteError, cannot_save, code_from_paste
from spotify_scope_plugin.playback.player import PlayerError
from spotify_scope_plugin.settings import Settings

from .access import Access
from .hosts import host_name, is_loopback

CALLBACK = "/callback"
"""Path of the redirect URI where a login completes by itself."""

_ATTEMPTS = 8
_ATTEMPT_SECONDS = 900.0


class ConnectError(Exception):
    """The login cannot go on; the message tells the user why and what to do."""


@dataclass(frozen=True)
class Attempt:
    """A login that was begun: where to allow access, and whether it then completes by itself."""

    authorize_url: str
    completes_itself: bool
    redirect_uri: str


class Connect:
    """Logins of viewers, each with a `state` of its own that works once."""

    def __init__(self, settings: Settings, access: Access) -> None:
        """Log in with the app that `settings` name, for those whom `access` guards."""
        self._settings = settings
        self._access = access
        self._attempts: OrderedDict[str, tuple[Login, float]] = OrderedDict()

    def why_not(self, request: Request) -> str:
        """Return why this viewer may not log in from the page; empty when they may.

        Whoever logs in decides whose music is shown, so it takes the token or a seat at the machine itself.
        """
        if self._settings.source != "spotify":
            return "The built-in songs play; there is nothing to log in to."
        if self._access.is_guarded or _sits_at_this_machine(request):
            return ""
        return (
            "To log in from this page, set LYRICS_APP_TOKEN where it is served and open it with that token, or "
            "open it on that machine itself."
        )

    def begin(self, request: Request) -> Attempt:
        """Begin an attempt; may look at the disk.

        Raises:
            ConnectError: this viewer may not, or the login could not be used or saved.
        """
        if why_not := self.why_not(request):
            raise ConnectError(why_not)
        login = Login(self._settings)
        try:
            url = login.authorize_url()
            login.check_can_save()
        except PlayerError as error:
            raise ConnectError(str(error)) from None
        except OSError as error:
            raise ConnectError(cannot_save(self._settings, error)) from None
        self._attempts[login.state] = login, time.monotonic() + _ATTEMPT_SECONDS
        while len(self._attempts) > _ATTEMPTS:
            self._attempts.popitem(last=False)
        return Attempt(url, self._points_here(request), self._settings.redirect_uri)

    def finish(self, pasted: str) -> None:
        """Complete the attempt to which a redirect URL belongs; asks Spotify.

        Raises:
            ConnectError: the URL completes no attempt. Only one that belongs to an attempt uses it up.
        """
        state = _state_in(pasted)
        login, expires_at = self._attempts.get(state, (None, 0.0))
        try:
            # Whatever is wrong with the text is said first; a state that nobody has fits none of it.
            code = code_from_paste(pasted, state if login else secrets.token_urlsafe(), accept_bare=False)
            # One caller at most gets the attempt, however often the address is sent.
            if self._attempts.pop(state, None) is None or login is None or time.monotonic() > expires_at:
                raise ConnectError("This login was completed already, or took too long. Begin it again.")
            login.redeem(code)
        except (PasteError, PlayerError) as error:
            raise ConnectError(str(error)) from None
        except OSError as error:
            raise ConnectError(cannot_save(self._settings, error)) from None

    def _points_here(self, request: Request) -> bool:
        """Tell whether the browser, sent to the redirect URI, comes back to this server."""
        redirect, here = urlsplit(self._settings.redirect_uri), urlsplit(f"//{request.headers.get('host', '')}")
        try:
            ports = redirect.port or _default_port(redirect.scheme), here.port or _default_port(redirect.scheme)
        except ValueError:
            return False
        names = redirect.hostname or "", host_name(here.netloc)
        is_here = names[0] == names[1] or (all(map(is_loopback, names)) and redirect.scheme == "http")
        return is_here and ports[0] == ports[1] and redirect.path == CALLBACK


def _default_port(scheme: str) -> int:
    return 443 if scheme == "https" else 80


def _state_in(pasted: str) -> str:
    text = "".join(pasted.split()).partition("#")[0].rpartition("?")[2]
    return parse_qs(text).get("state", [""])[0].strip("\"'<>")


def _sits_at_this_machine(request: Request) -> bool:
    """Tell whether the browser runs here: not even a proxy on this machine stands for others then."""
    peer = request.client.host if request.client else ""
    forwarded = any(name in request.headers for name in ("forwarded", "x-forwarded-for", "x-real-ip", "via"))
    return is_loopback(peer) and is_loopback(host_name(request.headers.get("host", ""))) and not forwarded
