"""The Spotify player: what plays now, over the Web API by spotipy."""

import logging
import time
from typing import Any

import requests
import spotipy

from ..settings import Settings
from .login import TIMEOUT, Login, retry_after
from .model import Playback
from .player import NotLoggedIn, PlayerError, RateLimited, Refused, Unavailable
from .translator import playback_from

# spotipy logs an error at every failed poll, and headers with tokens at DEBUG. Errors are told once, by the
# watcher, in the user's words.
logging.getLogger("spotipy").setLevel(logging.CRITICAL)


class SpotifyPlayer:
    """Reads the currently playing item of the logged-in user. Not thread-safe: only the watcher calls it."""

    def __init__(self, settings: Settings) -> None:
        """Prepare the client; nothing is asked yet."""
        self._login = Login(settings)
        session = requests.Session()
        session.hooks["response"].append(_check)
        self._spotify = spotipy.Spotify(
            requests_session=session, requests_timeout=TIMEOUT, retries=0, status_retries=0
        )
        self._spotify.prefix = settings.api_base_url.rstrip("/") + "/"

    def read(self) -> Playback:
        """Return what plays now; blocks for one round trip, two when the login must be refreshed.

        Raises:
            NotLoggedIn, Refused, RateLimited, Unavailable: see there.
        """
        try:
            return self._ask()
        except _TokenRejected:
            pass
        # A token can be withdrawn before its time: get a new one and ask once more.
        try:
            return self._ask()
        except _TokenRejected:
            raise NotLoggedIn(
                "Spotify does not accept this login (401); if this goes on, run `spotify-scope auth --again`.",
                local=False,
            ) from None

    def _ask(self) -> Playback:
        token = self._login.access_token()
        self._spotify.set_auth(token)
        sent = time.monotonic()
        try:
            body = self._spotify.currently_playing(additional_types="track,episode")
        except spotipy.SpotifyException as error:
            if error.http_status == 401:
                self._login.reject(token)
                raise _TokenRejected from None
            raise _player_error(error) from None
        except requests.Timeout:
            raise Unavailable(f"Spotify did not answer within {TIMEOUT:.0f} s; trying again.") from None
        except requests.ConnectionError:
            raise Unavailable("Spotify cannot be reached; check the network. Trying again.") from None
        except requests.RequestException:
            raise Unavailable("Spotify's answer makes no sense; trying again.") from None
        received = time.monotonic()
        return playback_from(body, taken_at=(sent + received) / 2, uncertainty=(received - sent) / 2)


class _TokenRejected(Exception):  # noqa: N818
    """401: the access token is no longer good."""


def _player_error(error: spotipy.SpotifyException) -> PlayerError:
    if error.http_status == 429:
        return RateLimited(retry_after(error.headers))
    if error.http_status == 403:
        return Refused(
            "Spotify refuses this account (403): add it under User Management of your Spotify app, and check "
            "that the app's owner has Premium."
        )
    if error.http_status == 404:
        return Unavailable("Spotify has no such address (404); check SPOTIFY_API_BASE_URL.")
    return Unavailable(f"Spotify has a problem (HTTP {error.http_status}); trying again.")


def _check(response: requests.Response, *_: Any, **__: Any) -> None:
    """Judge an answer before spotipy does.

    spotipy takes a 200 that is no JSON for "nothing is playing", and trips over errors of an unusual shape.
    """
    if response.status_code >= 400:
        raise spotipy.SpotifyException(response.status_code, -1, "", headers=response.headers)
    if response.status_code == 200:
        try:
            response.json()
        except ValueError:
            raise requests.exceptions.InvalidJSONError("no JSON") from None
