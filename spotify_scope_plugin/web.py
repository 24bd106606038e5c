"""HTTP with an end: the one place where this project asks a server anything.

An answer is read up to a number of bytes and within a time for the whole exchange, whatever the server drips,
bombs or never ends; a thread that waits for ever heals nothing, and one that parses for a second holds up the
video. No redirect leads to another host, and no `.netrc` replaces a token. Proxies from the environment work as
everywhere.
"""

import contextlib
import email.utils
import os
import socket
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from requests.auth import HTTPBasicAuth
from requests.utils import get_auth_from_url
from urllib3.exceptions import NewConnectionError, ReadTimeoutError

from . import __version__
from .tracking import TrackingAdapter

USER_AGENT = f"spotify-scope-plugin/{__version__} (lyrics to prompts for Daydream Scope)"

_CHUNK = 4 * 1024  # bytes as they come: unpacked, they may be a thousand times as many
_MOST_REDIRECTS = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_VALUES, _MOST_OBJECTS = 20_000, 4_000
"""In the JSON of an answer: the parser holds the interpreter until it has made the last one, and frames wait.
Three milliseconds' worth, and more than twice of what the longest answer has that makes sense."""

_DEFAULT_RETRY_AFTER = 5.0
_LONGEST_RETRY_AFTER = 7 * 24 * 3600.0
_CONNECT_SECONDS = 1.0
_TRIED_AGAIN = 4.5
"""Seconds for an exchange while the last one took too long: the end of a trouble is to be noticed soon."""

_sessions: "weakref.WeakSet[BoundedSession]" = weakref.WeakSet()


class TooLong(requests.RequestException):
    """An answer has more bytes or values than any that makes sense."""


class Unusable(requests.RequestException):
    """The request cannot be made: its address, a header or the proxy makes no sense."""


class NoThread(requests.RequestException):
    """This machine has no thread left that could end the exchange; nothing was asked."""


class BoundedSession(requests.Session):
    """A session whose answers are complete when they are returned. One exchange at a time, in any thread."""

    def __init__(
        self,
        *,
        most_bytes: int,
        seconds: float,
        timeout: float,
        follows_redirects: bool = True,
        judge: Callable[[requests.Response], None] = lambda _: None,
    ) -> None:
        """Bound every exchange.

        Args:
            most_bytes: of an answer's body, unpacked.
            seconds: for the whole exchange.
            timeout: seconds of silence, and for the connection to be made.
            follows_redirects: whether a GET follows redirects within its host.
            judge: called with each answer before it is returned; may raise.
        """
        super().__init__()
        self._most_bytes = most_bytes
        self._seconds = seconds
        self._timeout = timeout
        self._follows_redirects = follows_redirects
        self._judge = judge
        self._took_too_long = False
        self.headers["User-Agent"] = USER_AGENT
        self.headers["Accept-Encoding"] = "gzip"
        self.auth = _as_it_is  # with any, requests does not look into .netrc
        self.begin_anew()
        _sessions.add(self)

    def begin_anew(self) -> None:
        """Forget all connections, without ending them: a forked process must not speak on those of its parent."""
        self._sockets: weakref.WeakSet[socket.socket] = weakref.WeakSet()
        for scheme in ("http://", "https://"):
            self.mount(scheme, TrackingAdapter(self._sockets))

    def request(self, method: str, url: Any, *args: Any, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        """Make a request, and return the answer with all of its body.

        Raises:
            requests.Timeout: the exchange took too long.
            TooLong, Unusable, requests.RequestException: see there.
        """
        kwargs |= {"stream": True, "allow_redirects": False}
        kwargs["timeout"] = kwargs.get("timeout") or self._timeout
        seconds = min(self._seconds, _TRIED_AGAIN) if self._took_too_long else self._seconds
        try:
            with self._deadline(seconds):
                response = self._followed(method, url, args, kwargs)
                self._load(response)
        except requests.Timeout:
            self._took_too_long = True
            raise
        self._took_too_long = False
        self._judge(response)
        return response

    @contextmanager
    def open_stream(self, url: str, *, silence: float, headers: dict[str, str]) -> Iterator[requests.Response]:
        """Open an answer that has no end, for whoever bounds it by other means; `silence` ends it, in seconds."""
        with self._deadline(self._seconds):
            response = self._asked(
                "GET", url, (), {"stream": True, "timeout": (self._timeout, silence), "headers": headers}
            )
        with response:
            yield response

    def _followed(self, method: str, url: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> requests.Response:
        for _ in range(_MOST_REDIRECTS):
            response = self._asked(method, url, args, kwargs)
            target = urljoin(str(response.url), response.headers.get("Location", ""))
            may_follow = self._follows_redirects and method.upper() == "GET"
            if (
                response.status_code not in _REDIRECTS
                or not may_follow
                or not _is_same_place(response.url, target)
            ):
                return response
            response.close()
            url = target
            kwargs = {name: value for name, value in kwargs.items() if name != "params"}  # the address has them
        raise requests.TooManyRedirects(f"more than {_MOST_REDIRECTS} redirects")

    def _asked(self, method: str, url: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> requests.Response:
        kwargs["allow_redirects"] = False
        try:
            return super().request(method, url, *args, **kwargs)
        except requests.RequestException as error:
            if isinstance(error, ValueError):
                # Callers take a ValueError for an answer that cannot be parsed.
                raise Unusable(type(error).__name__) from None
            raise
        except ValueError as error:  # what http.client thinks of a header
            raise Unusable(type(error).__name__) from None

    def _load(self, response: requests.Response) -> None:
        content = bytearray()
        with response:
            try:
                for chunk in response.iter_content(_CHUNK):
                    content += chunk
                    if len(content) > self._most_bytes:
                        raise TooLong(f"more than {self._most_bytes} bytes")
            except requests.ConnectionError as error:
                if error.args and isinstance(error.args[0], ReadTimeoutError):
                    raise requests.ReadTimeout("the answer does not go on") from None
                raise
        if has_too_many_values(content):
            raise TooLong(f"more than {_MOST_VALUES} values")
        response._content = bytes(content)  # noqa: SLF001 - where requests keeps it, too
        response.encoding = "utf-8"  # as JSON is; else requests would guess, for seconds

    @contextmanager
    def _deadline(self, seconds: float) -> Iterator[None]:
        expired = threading.Event()

        def end() -> None:
            expired.set()
            for each in list(self._sockets):
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)

        timer = threading.Timer(seconds, end)
        timer.daemon = True
        try:
            timer.start()
        except RuntimeError:
            raise NoThread from None
        try:
            yield
        except requests.RequestException:
            if expired.is_set():
                raise requests.Timeout(f"no whole answer within {seconds:.0f} s") from None
            raise
        finally:
            timer.cancel()
        if expired.is_set():
            # The answer may look whole: it has been cut.
            raise requests.Timeout(f"no whole answer within {seconds:.0f} s")


def has_too_many_values(json: bytes | bytearray | str) -> bool:
    """Tell whether the JSON has more values than make sense, without parsing it: that holds the interpreter."""
    comma, bracket, brace = (",", "[", "{") if isinstance(json, str) else (b",", b"[", b"{")
    values = json.count(comma) + json.count(bracket)  # type: ignore[arg-type]
    return values > _MOST_VALUES or json.count(brace) > _MOST_OBJECTS  # type: ignore[arg-type]


def never_left(error: requests.ConnectionError) -> bool:
    """Tell whether no connection was made at all, so that the question has not left this machine."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(error, requests.ConnectTimeout) or isinstance(reason, NewConnectionError)


def can_connect(url: str) -> bool:
    """Tell whether a connection to a server, or to the proxy on the way to it, can be made within a second."""
    try:
        proxy = requests.utils.select_proxy(url, requests.utils.get_environ_proxies(url))
        parts = urlsplit(proxy if "://" in (proxy or "") else f"http://{proxy}") if proxy else urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        with socket.create_connection((parts.hostname or "", port), timeout=_CONNECT_SECONDS):
            return True
    except (OSError, ValueError):
        return False


def retry_after(headers: Any) -> float:
    """Return the pause that an answer's headers ask for, in seconds; a few when they name none.

    `Retry-After` is a number of seconds or an HTTP date (RFC 9110, 10.2.3).
    """
    text = str(headers.get("Retry-After", "")) if headers else ""
    try:
        seconds = float(text)
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(text).timestamp() - time.time()
        except (ValueError, TypeError, OverflowError, OSError):
            return _DEFAULT_RETRY_AFTER
    return min(seconds, _LONGEST_RETRY_AFTER) if seconds > 0 else _DEFAULT_RETRY_AFTER


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Show what the address itself holds, and nothing else."""
    name, password = get_auth_from_url(request.url or "")
    if name and "Authorization" not in request.headers:
        HTTPBasicAuth(name, password)(request)
    return request


def _is_same_place(one: str, other: str) -> bool:
    """Tell whether two addresses are of one host and port, where https may take the place of http."""
    here, there = urlsplit(one), urlsplit(other)
    is_upgrade = (here.scheme, there.scheme) == ("http", "https") and here.port in {None, 80}
    same_port = (here.scheme, here.port) == (there.scheme, there.port)
    return here.hostname == there.hostname and (same_port or (is_upgrade and there.port in {None, 443}))


def _begin_in_child() -> None:
    for session in list(_sessions):
        session.begin_anew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_in_child)
