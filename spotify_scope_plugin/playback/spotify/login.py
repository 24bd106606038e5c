"""The login: from the authorization URL to an access token that is always fresh."""

import hashlib
import secrets
import time
from typing import Any

import requests
from spotipy.cache_handler import MemoryCacheHandler
from spotipy.oauth2 import SpotifyOAuth, SpotifyOauthError, SpotifyPKCE

from ...settings import Settings
from ...web import BoundedSession, never_left, retry_after
from ..player import NotLoggedIn, PlayerError, RateLimited, TookTooLong, Unavailable, Unreachable
from .paste import PasteError, code_from_paste
from .token_file import Token, TokenFile, is_token

SCOPES = "user-read-currently-playing user-read-playback-state"
TIMEOUT = 4.0  # of silence: with it, the end of a trouble is noticed within five seconds
LONGEST_EXCHANGE = 10.0
_LARGEST_ANSWER = 1024 * 1024  # bytes
_REFRESH_BEFORE = 60.0  # seconds before the token expires
_LATEST_EXPIRY = 1e11  # Unix time in seconds; a number beyond it is none
_GIVEN = "given"  # key of a token: which SPOTIFY_REFRESH_TOKEN it descends from
_LOG_IN = "run `spotify-scope auth` on the machine where Scope runs, and log in"


class LoginUnreachable(Unreachable):
    """There is no connection to the login server."""


class Login:
    """One user's login to Spotify, kept in the token file or given by `SPOTIFY_REFRESH_TOKEN`.

    With a client secret it uses the authorization code flow, without one PKCE.
    """

    def __init__(self, settings: Settings) -> None:
        """Prepare the login; nothing is read or asked yet."""
        self._settings = settings
        self._file = TokenFile(settings.token_file)
        self._given: Token | None = None
        if settings.refresh_token:
            mark = hashlib.sha256(settings.refresh_token.encode()).hexdigest()[:16]
            self._given = {"refresh_token": settings.refresh_token, _GIVEN: mark}
        self._revoked: set[str] = set()
        self._rejected_access_token = ""
        self._state = ""
        self._oauth: SpotifyOAuth | SpotifyPKCE | None = None
        self._answer = MemoryCacheHandler()  # where spotipy leaves the login server's answer

    @property
    def server(self) -> str:
        """The address of the login server."""
        return self._settings.accounts_base_url

    def is_replaced(self) -> bool:
        """Tell whether the file has changed since a token was last asked for."""
        return self._file.is_changed()

    def saved(self) -> str:
        """Return which login the file holds, as a word without meaning; empty: none."""
        token = self._file.read()
        return "" if token is None else hashlib.sha256(token["refresh_token"].encode()).hexdigest()

    def access_token(self) -> str:
        """Return an access token that Spotify will accept for a while; refreshes it when it is due.

        Raises:
            NotLoggedIn: no client ID, no login, or a login that was revoked.
            RateLimited, Unavailable: the login server did not refresh the token.
        """
        self._require_client_id()
        token = self._usable_token()
        if self._is_fresh(token):
            return str(token["access_token"])
        with self._file.locked():
            token = self._usable_token()  # another process may have refreshed it meanwhile
            if not self._is_fresh(token):
                token = self._refreshed(token)
        return str(token["access_token"])

    def reject(self, access_token: str) -> None:
        """Say that Spotify refused this access token, so that the next call gets another one."""
        self._rejected_access_token = access_token

    def check_can_save(self) -> None:
        """Find out whether a login could be saved.

        Raises:
            OSError: the folder of the token file cannot be made or written.
        """
        self._file.check_writable()

    def authorize_url(self, *, choose_account: bool = False) -> str:
        """Return the address where the user allows access; each call begins a new attempt.

        With `choose_account`, Spotify asks even a user who has allowed access before.

        Raises:
            NotLoggedIn: the client ID is not set.
        """
        self._require_client_id()
        self._oauth = None
        self._state = secrets.token_urlsafe(16)
        url: str = self._oauth_flow().get_authorize_url(state=self._state)
        return f"{url}&show_dialog=true" if choose_account else url

    @property
    def state(self) -> str:
        """The `state` of the attempt in progress, which the redirect URL must bring back."""
        return self._state

    def finish(self, pasted: str) -> None:
        """Complete the attempt with the redirect URL, or the bare code, that the user pasted; saves the token.

        Raises:
            PasteError: the text holds no code of this attempt, or Spotify does not accept it.
            NotLoggedIn, RateLimited, Unavailable, OSError: as `redeem`.
        """
        self.redeem(code_from_paste(pasted, self._state))

    def redeem(self, code: str, *, saved_before: str | None = None) -> None:
        """Exchange the code of this attempt for a token, and save it in the place of the login `saved_before`.

        Raises:
            PasteError: Spotify does not accept the code, or another login was saved meanwhile.
            NotLoggedIn: Spotify does not accept the client ID or secret.
            RateLimited, Unavailable: the login server gave no token.
            OSError: the token file cannot be written.
        """
        flow = self._oauth_flow()
        try:
            if isinstance(flow, SpotifyOAuth):
                flow.get_access_token(code, as_dict=False, check_cache=False)
            else:
                flow.get_access_token(code, check_cache=False)
        except SpotifyOauthError as error:
            if error.error == "invalid_grant":
                raise PasteError(
                    "Spotify does not accept this code: it was used already or is too old. "
                    "Open Spotify's login again and use the address to which it leads then."
                ) from None
            raise self._login_server_error(error) from None
        except (requests.RequestException, AttributeError, KeyError, TypeError, ValueError) as error:
            raise _no_answer(error) from None
        token = self._answer.get_cached_token()
        if not is_token(token.get("refresh_token")):
            raise Unavailable("Spotify's login server gave no usable token.")
        with self._file.locked():
            if saved_before is not None and self.saved() != saved_before:
                raise PasteError("Somebody has logged in meanwhile; that login stays.")
            self._file.write(token)

    def _require_client_id(self) -> None:
        if not self._settings.client_id:
            raise NotLoggedIn(
                "SPOTIFY_CLIENT_ID is not set. Set it (and SPOTIFY_CLIENT_SECRET, if your app uses one) where "
                "Scope runs, and in the terminal where you log in; then start again."
            )

    def _usable_token(self) -> Token:
        """Return the token to use, never one known as revoked.

        One given in the environment wins over the file, unless the file descends from it.
        """
        tokens = [self._file.read(), self._given]
        if tokens[0] is not None and self._given is not None and tokens[0].get(_GIVEN) != self._given[_GIVEN]:
            tokens.reverse()
        for token in tokens:
            if token is not None and token["refresh_token"] not in self._revoked:
                return token
        if self._given is not None:
            raise NotLoggedIn(
                "Spotify does not accept SPOTIFY_REFRESH_TOKEN (wrong, revoked, or already replaced); "
                f"remove it and {_LOG_IN}, or set a new one and restart Scope."
            )
        if self._revoked:
            raise NotLoggedIn(f"Spotify no longer accepts the login (access was revoked); {_LOG_IN} again.")
        if self._file.problem:
            raise NotLoggedIn(f"{self._file.problem}; {_LOG_IN} again.")
        raise NotLoggedIn(f"Not logged in to Spotify; {_LOG_IN}.")

    def _is_fresh(self, token: Token) -> bool:
        expires_at = token.get("expires_at")
        access_token = token.get("access_token")
        return (
            isinstance(expires_at, int | float)
            and -_LATEST_EXPIRY < expires_at < _LATEST_EXPIRY
            and expires_at - time.time() > _REFRESH_BEFORE
            and isinstance(access_token, str)
            and access_token not in {"", self._rejected_access_token}
        )

    def _refreshed(self, token: Token) -> Token:
        try:
            refreshed: Token = self._oauth_flow().refresh_access_token(token["refresh_token"])
        except SpotifyOauthError as error:
            if error.error == "invalid_grant":
                self._revoked.add(token["refresh_token"])
                return self._refreshed(self._usable_token())
            raise self._login_server_error(error) from None
        except (requests.RequestException, AttributeError, KeyError, TypeError, ValueError) as error:
            raise _no_answer(error) from None
        if not is_token(refreshed.get("access_token")):
            raise Unavailable("Spotify's login server gave no usable token.")
        if _GIVEN in token:
            refreshed[_GIVEN] = token[_GIVEN]
        # What comes from the environment comes from there again, unless PKCE has replaced it.
        self._file.keep(refreshed, must_last=_GIVEN not in token or not self._settings.client_secret)
        return refreshed

    def _oauth_flow(self) -> SpotifyOAuth | SpotifyPKCE:
        """Return spotipy's flow; it keeps the PKCE secret between `authorize_url` and `finish`."""
        if self._oauth is None:
            settings = self._settings
            common: dict[str, Any] = {
                "client_id": settings.client_id,
                "redirect_uri": settings.redirect_uri,
                "scope": SCOPES,
                "cache_handler": self._answer,
                "open_browser": False,
                "requests_timeout": TIMEOUT,
                # A redirect of the token endpoint would carry the secrets along.
                "requests_session": BoundedSession(
                    most_bytes=_LARGEST_ANSWER,
                    seconds=LONGEST_EXCHANGE,
                    timeout=TIMEOUT,
                    follows_redirects=False,
                ),
            }
            if settings.client_secret:
                self._oauth = SpotifyOAuth(client_secret=settings.client_secret, **common)
            else:
                self._oauth = SpotifyPKCE(**common)
            accounts = settings.accounts_base_url.rstrip("/")
            self._oauth.OAUTH_AUTHORIZE_URL = f"{accounts}/authorize"
            self._oauth.OAUTH_TOKEN_URL = f"{accounts}/api/token"
        return self._oauth

    def _login_server_error(self, error: SpotifyOauthError) -> PlayerError:
        # spotipy keeps only the text of the answer; the response itself hangs on the original exception.
        response = getattr(error.__context__, "response", None)
        status = getattr(response, "status_code", 0)
        if status == 429 and response is not None:
            return RateLimited(retry_after(response.headers))
        reason = str(error.error)  # a server may send anything in its place
        if reason in {"invalid_client", "unauthorized_client"}:
            return NotLoggedIn(
                "Spotify does not accept the client ID or secret; compare SPOTIFY_CLIENT_ID and "
                "SPOTIFY_CLIENT_SECRET with the settings of your Spotify app.",
                local=False,
            )
        if reason == "invalid_request" or 400 <= status < 500:
            return Unavailable(
                f"Spotify's login server refuses the request (HTTP {status}). For a login, SPOTIFY_REDIRECT_URI "
                "must equal the Redirect URI in your Spotify app."
            )
        return Unavailable(f"Spotify's login server has a problem (HTTP {status}).")


def cannot_save(settings: Settings, error: OSError) -> str:
    """Return the sentence for a user whose login cannot be written to disk."""
    return (
        f"The login cannot be saved in {settings.token_file} ({error.strerror}). "
        "Make the folder writable or set SPOTIFY_SCOPE_HOME to another one, then log in again."
    )


def _no_answer(error: Exception) -> Unavailable:
    if isinstance(error, requests.ConnectionError) and never_left(error):
        return LoginUnreachable("Spotify's login server cannot be reached; check the network.")
    if isinstance(error, requests.Timeout):
        return TookTooLong(f"Spotify's login server did not answer within {TIMEOUT:.0f} s.")
    if isinstance(error, requests.ConnectionError):
        return Unavailable("Spotify's login server cannot be reached: the connection breaks off.")
    return Unavailable("Spotify's login server gave an answer that makes no sense.")
