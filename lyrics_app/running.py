"""Running the server: the port first, so that one that is taken is told before anything starts."""

import errno
import logging
import os
import socket
import threading

import uvicorn

from spotify_scope_plugin.background import log
from spotify_scope_plugin.now_playing import NowPlaying
from spotify_scope_plugin.settings import Settings

from .access import weakness
from .app import make_app
from .connections import Connections, most_connections
from .feed import Feed
from .hosts import addresses, is_loopback
from .state import InUse, Reader

logger = logging.getLogger(__name__)

_GOODBYE_SECONDS = 2  # for requests that are under way when the server stops
_BACKLOG = 1024  # a room full of phones may come at once
_ACCEPTED_AT_ONCE = 50  # of them; asyncio takes in so many before any is looked at
_PORT_TROUBLE = frozenset({errno.EADDRINUSE, errno.EACCES})


class CannotListenError(Exception):
    """The address cannot be used; the message says why and what to do."""


class _QuietConfig(uvicorn.Config):
    """A configuration that leaves uvicorn's loggers alone: inside Scope they are those of its own server."""

    def configure_logging(self) -> None:
        """Change nothing."""


class PageServer(uvicorn.Server):
    """The page's server, bound to its port and not yet running; `run()` serves until told to stop."""

    def __init__(self, session: NowPlaying, settings: Settings, in_use: InUse) -> None:
        """Bind the port and build the page.

        Raises:
            CannotListenError: the port is taken, or the address is not one of this machine.
        """
        self._socket = _bound(settings.lyrics_app_host, settings.lyrics_app_port)
        self._settings = settings
        if why := weakness(settings.lyrics_app_token) if settings.lyrics_app_token else "":
            log.warning("Spotify lyrics page: LYRICS_APP_TOKEN %s; `spotify-scope token` makes a good one.", why)
        reader = Reader(session, in_use)
        self._feed = Feed(reader)
        connections = Connections(most_connections())
        super().__init__(
            _QuietConfig(
                make_app(session, reader, self._feed, settings, self.port),
                http=connections.protocol(behind_proxy=bool(settings.runpod_pod_id)),
                ws="none",
                backlog=_ACCEPTED_AT_ONCE,
                access_log=False,  # addresses may carry the token
                lifespan="off",
                # A forwarded address must not pass for a seat at this machine.
                proxy_headers=False,
                server_header=False,
                timeout_graceful_shutdown=_GOODBYE_SECONDS,
            )
        )

    @property
    def port(self) -> int:
        """The port on which it listens."""
        return int(self._socket.getsockname()[1])

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve in this thread until `should_exit` is set, or Ctrl-C in the main thread."""
        super().run(sockets or [self._socket])

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve; the others wait in the system's queue, which is longer than what is taken at once."""
        await super().startup(sockets)
        if self.started:
            self._socket.listen(_BACKLOG)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams, for which the server would wait, and then the server."""
        self._feed.close()
        await super().shutdown(sockets)

    def addresses(self) -> list[str]:
        """Return where to open the page: the address for other devices first, then for this one."""
        return addresses(self._settings, self.port)

    def invitation(self) -> str:
        """Return where the page is, and who may look, for the person at the desk."""
        first, *others = self.addresses()
        here = f" (on this machine: {others[0]})" if others else ""
        if self._settings.lyrics_app_token:
            return f"{first}/#token=<your LYRICS_APP_TOKEN>{here}"
        if is_loopback(self._settings.lyrics_app_host):
            return first
        return f"{first}{here}; anyone who can reach this machine may look (LYRICS_APP_TOKEN changes that)"


class PageThread(threading.Thread):
    """Serves the page beside something else, until the process ends or `stop()`."""

    def __init__(self, server: PageServer) -> None:
        """Prepare to serve; `start()` begins."""
        super().__init__(name="spotify-lyrics-page", daemon=True)
        self._server = server

    @property
    def address(self) -> str:
        """Where to open the page on this machine."""
        return self._server.addresses()[-1]

    def run(self) -> None:
        """Serve."""
        try:
            self._server.run()
        except Exception:
            # Scope and its video go on without the page.
            logger.exception("Spotify lyrics page: the server has failed; it comes back when Scope starts again.")

    def stop(self) -> None:
        """Stop serving, and wait for it for a few seconds."""
        self._server.should_exit = True
        self.join(timeout=2 * _GOODBYE_SECONDS)


def _bound(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        dual = host == "::" and socket.has_dualstack_ipv6()
        return socket.create_server((host, port), family=family, backlog=_BACKLOG, dualstack_ipv6=dual)
    except OSError as error:
        if error.errno in _PORT_TROUBLE:
            advice = (
                "If it runs already, open it; else stop the program that has the port, or set LYRICS_APP_PORT to "
                "another one."
            )
        else:
            advice = "Set LYRICS_APP_HOST to an address of this machine, or to 0.0.0.0 for all of them."
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        raise CannotListenError(
            f"The lyrics page cannot listen on {host}, port {port} ({reason}). {advice}"
        ) from None
