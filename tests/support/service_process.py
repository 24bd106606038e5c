"""The loopback music service in a process of its own, so that its work and memory are not the plugin's."""

import contextlib
import multiprocessing
import threading
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from .music_service import MusicService, environment, running


class ServiceProcess:
    """A `MusicService` elsewhere: `do` calls its methods, `set` its fields, `get` reads them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self.url = str(self._asked("url"))

    def do(self, method: str, *arguments: Any) -> Any:
        return self._asked("do", method, *arguments)

    def set(self, **fields: Any) -> None:
        self._asked("set", fields)

    def get(self, field: str) -> Any:
        return self._asked("get", field)

    def down(self) -> None:
        """Refuse every connection."""
        self._asked("down")

    def up(self) -> None:
        """Serve again, at the same port."""
        self._asked("up")

    def environment(self, home: Path) -> dict[str, str]:
        """Return the environment variables that point the plugin here."""
        service = MusicService()
        service.url = self.url
        return environment(service, home)

    def _asked(self, *request: Any) -> Any:
        with self._lock:
            self._connection.send(request)
            return self._connection.recv()


def _serve(connection: Connection) -> None:
    service = MusicService()
    with contextlib.ExitStack() as stack:
        stack.enter_context(running(service))
        port = int(service.url.rpartition(":")[2])
        serving = stack.pop_all()
        while True:
            try:
                kind, *arguments = connection.recv()
            except EOFError:
                break
            answer: Any = None
            if kind == "url":
                answer = service.url
            elif kind == "do":
                answer = getattr(service, arguments[0])(*arguments[1:])
            elif kind == "set":
                for name, value in arguments[0].items():
                    setattr(service, name, value)
            elif kind == "get":
                answer = getattr(service, arguments[0])
            elif kind == "down":
                serving.close()
            elif kind == "up":
                serving = contextlib.ExitStack()
                serving.enter_context(running(service, port))
            connection.send(answer)
        serving.close()


@contextlib.contextmanager
def service_process() -> Iterator[ServiceProcess]:
    """Run the service until the end of the block."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(there,), daemon=True)
    process.start()
    there.close()
    try:
        yield ServiceProcess(here)
    finally:
        here.close()
        process.join(2)
        process.kill()
