"""Which sockets an HTTP session has open, from their first moment: to end an exchange from another thread."""

import socket
import weakref
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool


class TrackingAdapter(HTTPAdapter):
    """Notes the sockets of its connections, so that an exchange can be ended from outside."""

    def __init__(self, sockets: "weakref.WeakSet[socket.socket]") -> None:
        """Note them in `sockets`."""
        self._sockets = sockets
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Prepare the connections to servers."""
        super().init_poolmanager(*args, **kwargs)
        self._track(self.poolmanager)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        """Prepare the connections to a proxy."""
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

    def new_connection(connection: Any) -> Any:
        plain = base._new_conn(connection)  # noqa: SLF001 - before a proxy, or TLS, takes its time
        sockets.add(plain)
        return plain

    def connect(connection: Any) -> None:
        base.connect(connection)
        if connection.sock is not None:
            sockets.add(connection.sock)

    connections = type(base.__name__, (base,), {"connect": connect, "_new_conn": new_connection})
    return type(pool.__name__, (pool,), {"ConnectionCls": connections})
