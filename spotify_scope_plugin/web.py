"""HTTP with an end: the one place where this project asks a server anything.

An answer is read up to a number of bytes and within a time for the whole exchange, whatever the server drips,
bombs or never ends; a thread that waits for ever heals nothing, and one that parses for a second holds up the
video. No redirect leads to another host, and no `.netrc` replaces a token. Proxies from the environment work as
everywhere.
"""

import contextlib
import socket
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from . import __version__

USER_AGENT = f"spotify-scope-plugin/{__version__} (lyrics to prompts for Daydream Scope)"

_CHUNK = 4 * 1024  # bytes as they come: unpacked, they may be a thousand times as many
_MOST_REDIRECTS = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class TooLong(requests.RequestException):
    """An answer has more bytes than any that makes sense."""


class Unusable(requests.RequestException):
    """The request cannot be made: its address, a header or the proxy makes no sense."""


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
        self._sockets: weakref.WeakSet[socket.socket] = weakref.WeakSet()
        self.headers["User-Agent"] = USER_AGENT
        self.headers["Accept-Encoding"] = "gzip"
        self.auth = _as_it_is  # with any, requests does not look into .netrc
        for scheme in ("http://", "https://"):
            self.mount(scheme, _TrackingAdapter(self._sockets))

    def request(self, method: str, url: Any, *args: Any, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        """Make a request, and return the answer with all of its body.

        Raises:
            requests.Timeout: the exchange took too long.
            TooLong, Unusable, requests.RequestException: see there.
        """
        kwargs |= {"stream": True, "allow_redirects": False}
        kwargs["timeout"] = kwargs.get("timeout") or self._timeout
        with self._deadline():
            response = self._followed(method, url, args, kwargs)
            self._load(response)
        self._judge(response)
        return response

    @contextmanager
    def open_stream(self, url: str, *, silence: float, headers: dict[str, str]) -> Iterator[requests.Response]:
        """Open an answer that has no end, for whoever bounds it by other means; `silence` ends it, in seconds."""
        with self._deadline():
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
            for chunk in response.iter_content(_CHUNK):
                content += chunk
                if len(content) > self._most_bytes:
                    raise TooLong(f"more than {self._most_bytes} bytes")
        response._content = bytes(content)  # noqa: SLF001 - where requests keeps it, too

    @contextmanager
    def _deadline(self) -> Iterator[None]:
        expired = threading.Event()

        def end() -> None:
            expired.set()
            for each in list(self._sockets):
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)

        timer = threading.Timer(self._seconds, end)
        timer.daemon = True
        timer.start()
        try:
            yield
        except requests.RequestException:
            if expired.is_set():
                raise requests.Timeout(f"no whole answer within {self._seconds:.0f} s") from None
            raise
        finally:
            timer.cancel()
        if expired.is_set():
            # The answer may look whole: it has been cut.
            raise requests.Timeout(f"no whole answer within {self._seconds:.0f} s")


class _TrackingAdapter(HTTPAdapter):
    """Notes the sockets of its connections, so that an exchange can be ended from outside."""

    def __init__(self, sockets: "weakref.WeakSet[socket.socket]") -> None:
        self._sockets = sockets
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self._track(self.poolmanager)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        self._track(manager)
        return manager

    def _track(self, manager: Any) -> None:
        manager.pool_classes_by_scheme = {
            "http": _tracked(HTTPConnectionPool, self._sockets),
            "https": _tracked(HTTPSConnectionPool, self._sockets),
        }


def _tracked(pool: Any, sockets: "weakref.WeakSet[socket.socket]") -> Any:
    """Return the pool's class, with connections that note their sockets."""
    base = pool.ConnectionCls

    def connect(connection: Any) -> None:
        base.connect(connection)
        if connection.sock is not None:
            sockets.add(connection.sock)

    connections = type(base.__name__, (base,), {"connect": connect})
    return type(pool.__name__, (pool,), {"ConnectionCls": connections})


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _is_same_place(one: str, other: str) -> bool:
    """Tell whether two addresses are of one host and port, where https may take the place of http."""
    here, there = urlsplit(one), urlsplit(other)
    is_upgrade = (here.scheme, there.scheme) == ("http", "https") and here.port in {None, 80}
    same_port = (here.scheme, here.port) == (there.scheme, there.port)
    return here.hostname == there.hostname and (same_port or (is_upgrade and there.port in {None, 443}))
