"""The Spotify player: what plays now, over the Web API by spotipy."""

import contextlib
import email.utils
import logging
import time
from collections.abc import Callable
from typing import Any

import requests
import spotipy

from ...settings import Settings
from ...web import BoundedSession, NoThread, Unusable, can_connect, never_left, retry_after
from ..model import Playback
from ..player import (
    NotLoggedIn,
    PlayerError,
    Queue,
    QuotaExceeded,
    RateLimited,
    Refused,
    TookTooLong,
    Unavailable,
    Unreachable,
)
from .budget import Budget
from .login import LONGEST_EXCHANGE, TIMEOUT, Login, LoginUnreachable
from .translator import playback_from, queue_from

_QUOTA_EXCEEDED = "QUOTA_EXCEEDED"
_TYPES = "track,episode"
_LARGEST_ANSWER = 1024 * 1024  # bytes

# At DEBUG, spotipy writes headers with tokens into the log.
logging.getLogger("spotipy").setLevel(logging.INFO)


class SpotifyPlayer:
    """Reads the currently playing item of the logged-in user. Not thread-safe: only the watcher calls it."""

    def __init__(self, settings: Settings, budget: Budget) -> None:
        """Prepare the client, whose requests are counted in `budget`; nothing is asked yet."""
        self._login = Login(settings)
        self._budget = budget
        session = BoundedSession(
            most_bytes=_LARGEST_ANSWER,
            seconds=LONGEST_EXCHANGE,
            timeout=TIMEOUT,
            follows_redirects=False,
            judge=self._judge,
        )
        self._spotify = spotipy.Spotify(
            requests_session=session, requests_timeout=TIMEOUT, retries=0, status_retries=0
        )
        self._spotify.prefix = settings.api_base_url.rstrip("/") + "/"
        self._unreachable = ""  # the server to which there was no connection the last time
        self.clock_skew: float | None = None
        """By how many seconds this machine's clock is ahead of Spotify's, as of the last answer."""

    def read(self) -> Playback:
        """Return what plays now; blocks for one round trip, two when the login must be refreshed.

        Raises:
            NotLoggedIn, Refused, RateLimited, Unavailable: see there.
        """
        self._unreachable = ""
        try:
            return self._read()
        except _TokenRejected:
            pass
        except LoginUnreachable:
            self._unreachable = self._login.server
            raise
        # A token can be withdrawn before its time: get a new one and ask once more.
        try:
            return self._read()
        except _TokenRejected:
            raise NotLoggedIn(
                "Spotify does not accept this login (401); if this goes on, run `spotify-scope auth --again`.",
                local=False,
            ) from None

    def read_queue(self) -> Queue:
        """Return up to twenty tracks that come next; an app in development mode may be refused them.

        Raises:
            NotLoggedIn, Refused, RateLimited, Unavailable: as `read`.
        """
        try:
            return queue_from(self._ask(self._spotify.queue))
        except _TokenRejected:
            return Queue(None)

    def _judge(self, response: requests.Response) -> None:
        with contextlib.suppress(KeyError, ValueError, TypeError, OverflowError):
            date = email.utils.parsedate_to_datetime(response.headers["Date"])
            self.clock_skew = time.time() - date.timestamp()
        _check(response)

    def is_worth_a_try(self) -> bool:
        """Tell whether the login has been replaced since `read` failed, or the server can be reached again."""
        return self._login.is_replaced() or (self._unreachable != "" and can_connect(self._unreachable))

    def _read(self) -> Playback:
        self._keep_pause()

        def ask() -> tuple[float, Any, float]:
            # Neither a refresh of the login nor the count on disk is a part of the round trip.
            return time.monotonic(), self._spotify.currently_playing(additional_types=_TYPES), time.monotonic()

        sent, body, received = self._ask(ask)
        return playback_from(body, taken_at=(sent + received) / 2, uncertainty=(received - sent) / 2)

    def _keep_pause(self) -> None:
        """Ask nothing while a pause is on, whichever process Spotify has told about it, and however long ago."""
        pause, is_quota = self._budget.locked_for()
        if pause > 0:
            raise QuotaExceeded(pause) if is_quota else RateLimited(pause)

    def _ask(self, request: Callable[[], Any]) -> Any:
        token = self._login.access_token()
        self._spotify.set_auth(token)
        self._budget.count()
        try:
            return request()
        except spotipy.SpotifyException as error:
            if error.http_status == 401:
                self._login.reject(token)
                raise _TokenRejected from None
            trouble = _player_error(error)
            if isinstance(trouble, RateLimited):
                self._budget.lock_out(trouble.retry_after, is_quota=isinstance(trouble, QuotaExceeded))
            raise trouble from None
        except requests.ConnectTimeout:
            raise self._cut_off() from None
        except requests.Timeout:
            raise TookTooLong(f"Spotify did not answer within {TIMEOUT:.0f} s.") from None
        except Unusable:
            self._budget.take_back()
            raise Unavailable(
                "Spotify cannot be asked: the login, SPOTIFY_API_BASE_URL or the proxy is not usable as it is; "
                "log in again with `spotify-scope auth --again`."
            ) from None
        except NoThread:
            self._budget.take_back()
            raise Unavailable("This machine has no thread left to ask Spotify in.") from None
        except requests.ConnectionError as error:
            if never_left(error):
                raise self._cut_off() from None
            raise Unavailable("Spotify cannot be reached: the connection breaks off.") from None
        except requests.RequestException:
            raise Unavailable("Spotify's answer makes no sense.") from None

    def _cut_off(self) -> PlayerError:
        """Take note that nothing has left this machine: the end of that can be noticed for nothing."""
        self._budget.take_back()
        self._unreachable = self._spotify.prefix
        return Unreachable("Spotify cannot be reached; check the network.")


class _TokenRejected(Exception):  # noqa: N818
    """401: the access token is no longer good."""


def _player_error(error: spotipy.SpotifyException) -> PlayerError:
    if error.http_status == 429:
        pause = retry_after(error.headers)
        return QuotaExceeded(pause) if error.reason == _QUOTA_EXCEEDED else RateLimited(pause)
    if error.http_status == 403:
        return Refused(
            "Spotify refuses this account (403): add it under User Management of your Spotify app, and check "
            "that the app's owner has Premium."
        )
    if error.http_status == 404:
        return Unavailable("Spotify has no such address (404); check SPOTIFY_API_BASE_URL.")
    return Unavailable(f"Spotify has a problem (HTTP {error.http_status}).")


def _check(response: requests.Response) -> None:
    """Judge an answer before spotipy does.

    spotipy takes a 200 that is no JSON object for "nothing is playing", and trips over errors of an unusual shape.
    """
    if response.status_code >= 300:
        raise spotipy.SpotifyException(
            response.status_code, -1, "", reason=_reason_in(response), headers=response.headers
        )
    if response.status_code == 200:
        try:
            is_object = isinstance(response.json(), dict)
        except ValueError:
            is_object = False
        if not is_object:
            raise requests.exceptions.InvalidJSONError("no JSON object")


def _reason_in(response: requests.Response) -> str:
    """Return the reason that Spotify names in an error; empty when it names none."""
    try:
        return str(response.json()["error"]["reason"])
    except (KeyError, TypeError, ValueError):
        return ""
