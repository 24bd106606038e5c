"""Scope's HTTP API, as far as it takes to drive it (`/api/v1/session/...`, 0.1.8 and newer)."""

import contextlib
import json
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests

from ..web import BoundedSession

_TIMEOUT = 5.0
_LONGEST_EXCHANGE = 10.0
_LONGEST_START = 120.0
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_LARGEST_ANSWER = 1024 * 1024  # bytes
_LOAD_SECONDS = 1800.0  # models may have to be downloaded
_LOAD_LOOK = 1.0


class ScopeError(Exception):
    """The server does not do what was asked; the message says why, for the user."""


class Unreachable(ScopeError):  # noqa: N818 - named as a state of the world
    """Nobody answers."""


class LoginWanted(ScopeError):  # noqa: N818
    """A proxy in front of the server wants a login first."""


class TooOld(ScopeError):  # noqa: N818
    """The server is there, and has no such address."""


@dataclass(frozen=True)
class Session:
    """What the server says of its session: its id, and the frames a second that its pipeline makes."""

    id: str
    frames_per_second: float
    age: float = 0.0
    """Seconds since it began; one that is younger than before is another one, whatever its id."""
    is_confirmed: bool = True
    """Whether the server says that it takes what is sent."""


class ScopeApi:
    """One server. Every method blocks for a round trip, and raises one of the errors above."""

    def __init__(self, address: str) -> None:
        """Talk to the server at `address`, such as `http://127.0.0.1:8000`."""
        parts = urlsplit(address)
        self.name = parts.netloc.rpartition("@")[2]
        self.host = parts.hostname or ""
        self.is_secure = parts.scheme == "https"
        self.port = parts.port or (443 if parts.scheme == "https" else 80)
        self._url = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
        self._session, self._patient = (
            BoundedSession(most_bytes=_LARGEST_ANSWER, seconds=seconds, timeout=timeout, follows_redirects=False)
            for seconds, timeout in ((_LONGEST_EXCHANGE, _TIMEOUT), (_LONGEST_START, _LONGEST_START))
        )

    def version(self) -> str:
        """Return the version of Scope; empty where it does not say."""
        answer = self._asked("GET", "/health")
        return str(answer.get("version") or "")[:40]

    def session(self) -> Session | None:
        """Return the session that runs; None: there is none."""
        sessions = self._asked("GET", "/api/v1/session/metrics").get("sessions")
        if not isinstance(sessions, dict) or not sessions:
            return None
        session_id, stats = next(iter(sessions.items()))
        stats = stats if isinstance(stats, dict) else {}
        rate, age = (_number(stats.get(name)) for name in ("pipeline_fps", "elapsed_seconds"))
        return Session(str(session_id)[:100], rate or _number(stats.get("fps_out")), age)

    def set_parameters(self, parameters: dict[str, Any]) -> None:
        """Send parameters to every session that runs."""
        self._asked("POST", "/api/v1/session/parameters", parameters)

    def load(self, pipeline: str, load_parameters: dict[str, Any]) -> None:
        """Load a pipeline, and wait for it."""
        self._asked(
            "POST", "/api/v1/pipeline/load", {"pipeline_ids": [pipeline], "load_params": load_parameters or None}
        )
        ends_at = time.monotonic() + _LOAD_SECONDS
        while time.monotonic() < ends_at:
            time.sleep(_LOAD_LOOK)
            try:
                status = self._asked("GET", "/api/v1/pipeline/status")
            except Unreachable:
                continue  # a server that loads may be too busy to answer
            if status.get("status") == "loaded":
                return
            if status.get("status") == "error":
                why = str(status.get("error") or "the server does not say why; see Scope's log")[:300]
                raise ScopeError(f"The pipeline {pipeline!r} cannot be loaded: {why}")
        raise ScopeError(f"The pipeline {pipeline!r} was not loaded within half an hour.")

    def begin(self, pipeline: str, parameters: dict[str, Any], prompts: list[dict[str, Any]]) -> None:
        """Start a session without video and without a viewer."""
        body = {"pipeline_id": pipeline, "input_mode": "text", "prompts": prompts, "parameters": parameters}
        self._asked("POST", "/api/v1/session/start", body, self._patient)

    def stop(self) -> None:
        """Stop the session that was started here, if it still runs."""
        with contextlib.suppress(TooOld):  # no session is a 404
            self._asked("POST", "/api/v1/session/stop", None, self._patient)

    def close(self) -> None:
        """Let go of the connections."""
        self._session.close()
        self._patient.close()

    def _asked(
        self, method: str, path: str, body: Any = None, session: BoundedSession | None = None
    ) -> dict[str, Any]:
        try:
            response = (session or self._session).request(method, self._url + path, json=body)
        except requests.RequestException as error:
            raise Unreachable(_why(self.name, error)) from None
        target = urlsplit(response.headers.get("Location", ""))
        if response.status_code in _REDIRECTS and target.scheme == "https" and target.hostname == self.host:
            raise ScopeError(f"{self.name} wants https: put https:// in the place of http://.")
        self._judge(response.status_code, response.content, path)
        try:
            answer = response.json()
        except ValueError:
            raise TooOld(f"{self.name} answers, but not as Scope does.") from None
        return answer if isinstance(answer, dict) else {}

    def _judge(self, status: int, content: bytes, path: str) -> None:
        if status in {401, 403, 407} or 300 <= status < 400:
            raise LoginWanted(f"{self.name} wants a login first (HTTP {status}); open it in a browser and look.")
        if status in {404, 405, 501}:
            raise TooOld(f"{self.name} has no {path} (HTTP {status}).")
        if status >= 500:
            raise Unreachable(f"{self.name} has a problem (HTTP {status}){_detail(content)}.")
        if status >= 400:
            raise ScopeError(f"{self.name} refuses it (HTTP {status}){_detail(content)}.")


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0


def _detail(content: bytes) -> str:
    """Return the reason that the server gives, for a sentence."""
    try:
        detail = json.loads(content).get("detail")
    except (AttributeError, ValueError):
        return ""
    if isinstance(detail, list) and detail and isinstance(detail[0], dict):
        detail = detail[0].get("msg")
    return f": {detail[:300]}" if isinstance(detail, str) and detail else ""


def _why(name: str, error: Exception) -> str:
    if isinstance(error, requests.Timeout):
        return f"{name} did not answer within {_TIMEOUT:.0f} s."
    if isinstance(error, requests.exceptions.SSLError):
        return f"{name} cannot be trusted: its certificate is not valid."
    return f"{name} cannot be reached: is Scope running there?"
