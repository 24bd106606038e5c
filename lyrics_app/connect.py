"""The login from the page: attempts that are begun here, and completed by Spotify's redirect or by a paste."""

import re
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.requests import Request

from spotify_scope_plugin.playback.player import PlayerError
from spotify_scope_plugin.playback.spotify.login import Login, cannot_save
from spotify_scope_plugin.playback.spotify.paste import PasteError, code_from_paste, state_in
from spotify_scope_plugin.settings import Settings

from .access import Access
from .guard import is_guest, sits_at_this_machine
from .hosts import host_and_port, is_loopback
from .state import State

CALLBACK = "/callback"
"""Path of the redirect URI where a login completes by itself."""

BROWSER_COOKIE = "spotify_scope_login"
"""Tells by which browser an attempt was begun."""

ATTEMPT_SECONDS = 900
_ATTEMPTS = 8


class ConnectError(Exception):
    """The login cannot go on; the message tells the user why and what to do."""


@dataclass(frozen=True)
class Attempt:
    """A login that was begun: where to allow access, and whether it then completes by itself.

    `browser` is the secret by which the browser is known that began it.
    """

    authorize_url: str
    browser: str
    completes_itself: bool
    redirect_uri: str


@dataclass(frozen=True)
class _Begun:
    """What is kept of an attempt; `saved_before` is the login that there was when it began."""

    login: Login
    browser: str
    saved_before: str
    ends_at: float


class Connect:
    """Logins of viewers, each with a `state` of its own that works once."""

    def __init__(self, settings: Settings, access: Access) -> None:
        """Log in with the app that `settings` name, for those whom `access` guards."""
        self._settings = settings
        self._access = access
        self._attempts: OrderedDict[str, _Begun] = OrderedDict()

    def why_not(self, request: Request, state: State) -> str:
        """Return why this viewer may not log in from the page; empty when they may.

        Whoever logs in decides whose music is shown: it takes the token or a seat at the machine itself, and a
        `state` in which there is no login yet.
        """
        if self._settings.source not in {"auto", "spotify"}:
            return "SPOTIFY_SCOPE_SOURCE names another source of music; there is nothing to log in to."
        if not self._settings.client_id:
            return "The Spotify app has to be set up first."
        if state is not State.NOT_LOGGED_IN:
            return (
                "No login is wanted now: there is one already, or the music comes from elsewhere. To change "
                "accounts, run `spotify-scope auth --again` there."
            )
        if is_guest(request):
            return "Guests cannot log in; open the page with the token itself."
        if self._access.is_guarded or sits_at_this_machine(request):
            return ""
        return (
            "To log in from this page, set LYRICS_APP_TOKEN where it is served and open it with that token, or "
            "open it on that machine itself, as 127.0.0.1."
        )

    def begin(self, request: Request, state: State) -> Attempt:
        """Begin an attempt; may look at the disk.

        Raises:
            ConnectError: this viewer may not, or the login could not be used or saved.
        """
        if why_not := self.why_not(request, state):
            raise ConnectError(why_not)
        login = Login(self._settings)
        try:
            url = login.authorize_url()
            login.check_can_save()
        except PlayerError as error:
            raise ConnectError(str(error)) from None
        except OSError as error:
            raise ConnectError(cannot_save(self._settings, error)) from None
        # A browser that begins twice stays the same one: either attempt may be the one that is completed.
        browser = request.cookies.get(BROWSER_COOKIE, "")
        if not re.fullmatch(r"[\w-]{20,80}", browser):
            browser = secrets.token_urlsafe()
        self._attempts[login.state] = _Begun(login, browser, login.saved(), time.monotonic() + ATTEMPT_SECONDS)
        while len(self._attempts) > _ATTEMPTS:
            self._attempts.popitem(last=False)
        return Attempt(url, browser, self._points_here(request), self._settings.redirect_uri)

    def finish(self, request: Request, pasted: str) -> bool:
        """Complete the attempt to which a redirect URL belongs; asks Spotify.

        Returns:
            Whether it came from the browser that began the attempt. Without that, only somebody at this machine
            completes it: there, the way back may lead to another name of it, which has no cookies.

        Raises:
            ConnectError: the URL completes no attempt. Only one that belongs to an attempt uses it up.
        """
        state = state_in(pasted)
        begun = self._attempts.get(state)
        browser = request.cookies.get(BROWSER_COOKIE, "").encode(errors="replace")
        is_its_browser = begun is not None and secrets.compare_digest(browser, begun.browser.encode())
        try:
            # Whatever is wrong with the text is said first; a state that nobody has fits none of it.
            code = code_from_paste(pasted, state if begun else secrets.token_urlsafe(), accept_bare=False)
            if begun is not None and not is_its_browser and not sits_at_this_machine(request):
                raise ConnectError("This login was begun in another browser. Complete it there, or begin it here.")
            # One caller at most gets the attempt, however often the address is sent.
            if self._attempts.pop(state, None) is None or begun is None or time.monotonic() > begun.ends_at:
                raise ConnectError("This login was completed already, or took too long. Begin it again.")
            begun.login.redeem(code, saved_before=begun.saved_before)
            return is_its_browser
        except (PasteError, PlayerError) as error:
            raise ConnectError(str(error)) from None
        except OSError as error:
            raise ConnectError(cannot_save(self._settings, error)) from None

    def _points_here(self, request: Request) -> bool:
        """Tell whether the browser, sent to the redirect URI, comes back to this server."""
        redirect = urlsplit(self._settings.redirect_uri)
        name, port = host_and_port(redirect.netloc)
        here, port_here = host_and_port(request.headers.get("host", ""))
        default = 443 if redirect.scheme == "https" else 80
        is_here = name == here or (is_loopback(name) and is_loopback(here))
        return is_here and (port or default) == (port_here or default) and redirect.path == CALLBACK
