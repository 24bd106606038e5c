"""One reader for all listeners: what changes is written once and handed to everybody."""

import asyncio
import contextlib
import math
import traceback
from collections.abc import AsyncIterator, Iterator

from pydantic import BaseModel

from spotify_scope_plugin.background import log

from .state import Now, Reader, server_time

HEARTBEAT_SECONDS = 10.0
_LOOK_SECONDS = 0.05
_LEAST_REST = 0.002


class Heartbeat(BaseModel):
    """Nothing has changed, and the server is there."""

    server_time: float


class Feed:
    """Server-sent events for any number of listeners of one event loop.

    A listener first gets a `now` event with everything, then `change` events with the fields that say something
    else than before, and `heartbeat` events in between. One that is too slow for a change gets everything again.
    The session is looked at only while somebody listens, twenty times a second, which asks nobody: the session's
    own thread does, and sets the pace.
    """

    def __init__(self, reader: Reader) -> None:
        """Prepare to tell what `reader` reads."""
        self._reader = reader
        self._now: Now  # what was told last, while somebody listens
        self._event = b""
        self._everything = (-1, 0.0, b"")
        self._number = 0
        self._news = asyncio.Event()
        self._listeners = 0
        self._watching: asyncio.Task[None] | None = None
        self._closed = False

    async def events(self, seconds: float = math.inf) -> AsyncIterator[bytes]:
        """Yield the events for one listener, until the feed is closed, or for `seconds` and a heartbeat."""
        with self._listening():
            seen = -1
            loop = asyncio.get_running_loop()
            ends_at = loop.time() + seconds
            while not self._closed and loop.time() < ends_at:
                if seen == self._number:
                    await self._news.wait()
                    continue
                follows = seen == self._number - 1 and seen >= 0
                seen = self._number
                yield self._event if follows else self._all()

    def close(self) -> None:
        """End all streams, in the feed's own event loop."""
        self._closed = True
        self._news.set()

    @contextlib.contextmanager
    def _listening(self) -> Iterator[None]:
        if self._watching is None:
            self._now = self._reader.read()[0]
            self._everything = -1, 0.0, b""
            self._watching = asyncio.get_running_loop().create_task(self._watch())
        self._listeners += 1
        try:
            yield
        finally:
            self._listeners -= 1
            if not self._listeners:
                self._watching.cancel()
                self._watching = None

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        told_at = loop.time()
        while not self._closed:
            rest = _LOOK_SECONDS
            try:
                now, holds_for = self._reader.read()
                rest = max(_LEAST_REST, min(rest, holds_for)) if holds_for > 0 else rest
                changed = now.changes_since(self._now)
                self._now = now
                if changed:
                    self._tell(_event("change", now.model_dump_json(include=changed | {"server_time"})))
                    told_at = loop.time()
            except Exception:
                log.error(
                    "Spotify lyrics page: a moment could not be read; trying again.\n%s", traceback.format_exc()
                )
                rest = HEARTBEAT_SECONDS
            if loop.time() - told_at >= HEARTBEAT_SECONDS:
                self._tell(_event("heartbeat", Heartbeat(server_time=server_time()).model_dump_json()))
                told_at = loop.time()
            await asyncio.sleep(rest)

    def _all(self) -> bytes:
        """Return the event with everything; it is long, and written once for all who come at the same time."""
        number, written_at, event = self._everything
        now = server_time()
        if number != self._number or now - written_at > _LOOK_SECONDS:
            event = _event("now", self._now.model_copy(update={"server_time": now}).model_dump_json())
            self._everything = self._number, now, event
        return event

    def _tell(self, event: bytes) -> None:
        self._event = event
        self._number += 1
        self._news.set()
        self._news = asyncio.Event()


def _event(name: str, json: str) -> bytes:
    return f"event: {name}\ndata: {json}\n\n".encode()
