"""Server-sent events, read as they arrive (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

from collections.abc import Iterator

import requests

_LARGEST_EVENT = 1024 * 1024  # bytes
_CHUNK = 64 * 1024


class TooLongError(requests.RequestException):
    """An event is longer than any that makes sense."""


def chunks_of(response: requests.Response) -> Iterator[bytes]:
    """Yield what arrives, when it arrives."""
    read1 = getattr(response.raw, "read1", None)  # since urllib3 2.3
    if read1 is None:
        yield from response.iter_content(1)
        return
    while chunk := read1(_CHUNK):
        yield chunk


class EventParser:
    """Puts chunks together to events."""

    def __init__(self) -> None:
        """Begin without an event."""
        self._rest = b""

    def feed(self, chunk: bytes) -> Iterator[tuple[str, str]]:
        """Take a chunk, and yield the name and data of each event that is complete with it.

        Raises:
            TooLongError: an event has more than a megabyte.
        """
        self._rest += chunk.replace(b"\r", b"")
        *complete, self._rest = self._rest.split(b"\n\n")
        for block in complete:
            name, data = "message", []
            for row in block.decode(errors="replace").split("\n"):
                field, _, value = row.partition(":")
                if field == "event":
                    name = value.strip()
                elif field == "data":
                    data.append(value.removeprefix(" "))
            if data:
                yield name, "\n".join(data)
        if len(self._rest) > _LARGEST_EVENT:
            raise TooLongError("an event is too long")
