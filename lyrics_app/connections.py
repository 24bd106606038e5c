"""How many connections there may be, and how long one may take to ask and to read.

Inside Scope the page shares its process's files with the video: whoever opens connections and says nothing must
not use them up.
"""

import asyncio
import contextlib
import logging
import socket
from collections import Counter
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from .hosts import household_of, is_loopback

HEAD_SECONDS = 10.0
"""For the head of a request, from its first byte or from the start of the connection."""

STUCK_SECONDS = 20.0
"""For a reader that does not read, until it is given up."""

_MOST, _FEWEST = 4000, 100
_SHARES = 8
_FOR_THIS_MACHINE = 16
_UNKNOWN_LIMIT = 512  # files, on systems that do not tell
_BUSY = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\n"
    b"Content-Type: text/plain\r\nContent-Length: 15\r\n\r\nToo many guests"
)

# What strangers send is no news: uvicorn warns of each request that is none.
_quiet = logging.getLogger("spotify_scope_plugin.page")
_quiet.setLevel(logging.ERROR)


def most_connections() -> int:
    """Return how many connections there may be: half of the files that this process may open, or fewer."""
    limit = _UNKNOWN_LIMIT
    with contextlib.suppress(ImportError, ValueError, OSError):  # Windows has no such limit
        import resource

        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        limit = 2 * _MOST if soft == resource.RLIM_INFINITY else soft
    return max(_FEWEST, min(_MOST, limit // 2))


class Connections:
    """Counts what is open, overall and by address. For one event loop."""

    def __init__(self, most: int) -> None:
        """Let in `most`, of which one address gets an eighth; this machine itself always finds a few places."""
        self.most = most
        self._open: Counter[str] = Counter()
        self._total = 0

    def admit(self, address: str, *, is_proxy: bool = False) -> bool:
        """Count one more, and tell whether it may stay; one that may not is not counted.

        Args:
            address: where it comes from.
            is_proxy: whether a program passes on what comes from many; then its own address means nothing.
        """
        most = self.most + _FOR_THIS_MACHINE if is_loopback(address) else self.most
        if self._total >= most or (not is_proxy and self._open[address] >= self.most // _SHARES):
            return False
        self._open[address] += 1
        self._total += 1
        return True

    def leave(self, address: str) -> None:
        """Count one less."""
        self._total -= 1
        self._open[address] -= 1
        if self._open[address] <= 0:
            del self._open[address]

    def protocol(self, *, behind_proxy: bool) -> type[asyncio.Protocol]:
        """Return uvicorn's protocol, with these limits; `behind_proxy`: everybody comes through one."""
        return type("Bounded", (_BoundedProtocol,), {"bounds": self, "behind_proxy": behind_proxy})


class _BoundedProtocol(H11Protocol):
    """A connection that is refused when there are too many, and closed when it keeps this server waiting.

    h11's, also where httptools is installed: with that, uvicorn takes in requests faster than it answers them,
    without end.
    """

    bounds: Connections
    behind_proxy: bool

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.logger = _quiet
        self._address: str | None = None
        self._waits_for_head: asyncio.TimerHandle | None = None
        self._waits_for_reader: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        peer = transport.get_extra_info("peername")
        address = (household_of(str(peer[0])) if isinstance(peer, tuple) else None) or ""
        is_proxy = self.behind_proxy or is_loopback(address)
        if not self.bounds.admit(address, is_proxy=is_proxy):
            self.transport = transport
            transport.write(_BUSY)
            transport.close()
            return
        self._address = address
        # asyncio does so only where the listening socket names its protocol.
        with contextlib.suppress(OSError, AttributeError):
            transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().connection_made(transport)
        self._await_head()

    def data_received(self, data: bytes) -> None:
        if self._address is None:
            return
        before = self.cycle
        if before is None or before.response_complete:
            self._await_head()
        super().data_received(data)
        if self.cycle is not before:
            self._cancel(self._waits_for_head)
            self._waits_for_head = None

    def connection_lost(self, exc: Exception | None) -> None:
        if self._address is None:
            return
        self.bounds.leave(self._address)
        self._cancel(self._waits_for_head)
        self._cancel(self._waits_for_reader)
        super().connection_lost(exc)

    def eof_received(self) -> None:
        if self._address is not None:
            super().eof_received()

    def pause_writing(self) -> None:
        if self._address is None:
            return
        super().pause_writing()
        self._waits_for_reader = self.loop.call_later(STUCK_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        if self._address is None:
            return
        self._cancel(self._waits_for_reader)
        super().resume_writing()

    def _await_head(self) -> None:
        if self._waits_for_head is None:
            self._waits_for_head = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    @staticmethod
    def _cancel(timer: asyncio.TimerHandle | None) -> None:
        if timer is not None:
            timer.cancel()
