"""The address of another computer's page, and how to ask it."""

import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import requests

from ...web import BoundedSession

TIMEOUT = 5.0
_ROUNDS = 5
_TOKEN = "token="  # noqa: S105 - the name of a parameter
_LARGEST_ANSWER = 1024 * 1024


@dataclass(frozen=True)
class Address:
    """Where a page is, without a slash at its end, and the token that opens it (empty: none)."""

    url: str
    token: str = field(default="", repr=False)

    @classmethod
    def parse(cls, text: str, token: str = "") -> "Address":
        """Understand an address as people copy it; a `#token=` or `?token=` in it wins over `token`."""
        parts = urlsplit(text)
        given = parse_qs(parts.query).get("token", [""])[0]
        if parts.fragment.startswith(_TOKEN):
            given = unquote(parts.fragment.removeprefix(_TOKEN))  # a + stays one there
        path = parts.path.rstrip("/")
        return cls(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{path}", given or token)

    @property
    def wants_token(self) -> str:
        """The sentence for a page that does not let this one in."""
        if self.token:
            return f"{self.name} does not accept this token."
        return f"{self.name} wants its token: add #token=… to its address."

    @property
    def name(self) -> str:
        """What the user calls it: the host."""
        return urlsplit(self.url).netloc

    def session(self) -> BoundedSession:
        """Return a session that shows the token, and to nobody else."""
        session = BoundedSession(
            most_bytes=_LARGEST_ANSWER, seconds=2 * TIMEOUT, timeout=TIMEOUT, follows_redirects=False
        )
        if self.token:
            session.headers["Authorization"] = f"Bearer {self.token}"
        return session


def why_unreachable(address: Address, error: Exception) -> str:
    """Return the beginning of a sentence on why nobody answers."""
    if isinstance(error, requests.exceptions.SSLError):
        return f"{address.name} does not speak https as it should; is http:// meant"
    if isinstance(error, requests.Timeout):
        return f"{address.name} does not answer"
    if "NameResolution" in repr(error) or "getaddrinfo" in repr(error):
        return f"{address.name} is not known in this network; is the name right"
    return f"{address.name} cannot be reached; does the page run there"


def asked(session: requests.Session, method: str, url: str, body: Any = None) -> tuple[int, Any]:
    """Return the status and the JSON (None: it is none) of an answer.

    Raises:
        requests.RequestException: there was no answer.
    """
    response = session.request(method, url, json=body)
    try:
        return response.status_code, response.json()
    except ValueError:
        return response.status_code, None


class ServerClock:
    """Another computer's clock as seen from here, by the quickest of some round trips."""

    _FORGETTING = 60.0

    def __init__(self) -> None:
        """Begin without having asked."""
        self.offset = 0.0
        """The server's time minus this process's monotonic time, in seconds."""
        self.uncertainty = float("inf")
        """Half of the round trip by which it was measured."""
        self._measured_at = -float("inf")

    def heard(self, server_time: float, sent: float, received: float) -> None:
        """Take an answer that told the server's time; a slow one counts only when the last quick one is old."""
        half = (received - sent) / 2
        if half <= self.uncertainty * 1.1 or received - self._measured_at > self._FORGETTING:
            self.offset = server_time - (sent + received) / 2
            self.uncertainty, self._measured_at = half, received

    def measure(self, session: requests.Session, address: Address) -> int:
        """Ask for the time a few times; returns the status of the last answer.

        Raises:
            requests.RequestException: there was no answer.
        """
        status = 0
        for _ in range(_ROUNDS):
            sent = time.monotonic()
            status, answer = asked(session, "GET", f"{address.url}/api/time")
            received = time.monotonic()
            told = answer.get("server_time") if isinstance(answer, dict) else None
            if status != 200 or not isinstance(told, int | float):
                return status if status != 200 else 404
            self.heard(told, sent, received)
        return status
