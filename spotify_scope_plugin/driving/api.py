"""Scope's HTTP API, as far as it takes to drive it (`/api/v1/session/...`, 0.1.8 and newer)."""

import json
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests

from .. import __version__

_TIMEOUT = 5.0
_LONGEST_EXCHANGE = 10.0
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


class ScopeApi:
    """One server. Every method blocks for a round trip, and raises one of the errors above."""

    def __init__(self, address: str) -> None:
        """Talk to the server at `address`, such as `http://127.0.0.1:8000`."""
        parts = urlsplit(address)
        self.name = parts.netloc.rpartition("@")[2]
        self.host = parts.hostname or ""
        self.port = parts.port or (443 if parts.scheme == "https" else 80)
        self._url = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
        self._session = requests.Session()
        self._session.headers["User-Agent"] = f"spotify-scope-plugin/{__version__}"
        self._session.headers["Accept-Encoding"] = "identity"

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
        rate = stats.get("pipeline_fps") or stats.get("fps_out") or 0.0
        return Session(str(session_id), float(rate) if isinstance(rate, int | float) else 0.0)

    def set_parameters(self, parameters: dict[str, Any]) -> None:
        """Send parameters to every session that runs."""
        self._asked("POST", "/api/v1/session/parameters", parameters)

    def start(self, pipeline: str, load_parameters: dict[str, Any], prompts: list[dict[str, Any]]) -> None:
        """Load a pipeline, wait for it, and start a session without video and without a viewer."""
        self._asked(
            "POST", "/api/v1/pipeline/load", {"pipeline_ids": [pipeline], "load_params": load_parameters or None}
        )
        ends_at = time.monotonic() + _LOAD_SECONDS
        while (status := self._asked("GET", "/api/v1/pipeline/status")).get("status") != "loaded":
            if status.get("status") == "error":
                raise ScopeError(f"The pipeline {pipeline!r} cannot be loaded: {str(status.get('error'))[:300]}")
            if time.monotonic() > ends_at:
                raise ScopeError(f"The pipeline {pipeline!r} was not loaded within half an hour.")
            time.sleep(_LOAD_LOOK)
        body = {"pipeline_id": pipeline, "input_mode": "text", "prompts": prompts, "parameters": load_parameters}
        self._asked("POST", "/api/v1/session/start", body)

    def stop(self) -> None:
        """Stop the session that was started here."""
        self._asked("POST", "/api/v1/session/stop")

    def close(self) -> None:
        """Let go of the connections."""
        self._session.close()

    def _asked(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        try:
            with self._session.request(
                method, self._url + path, json=body, timeout=_TIMEOUT, allow_redirects=False, stream=True
            ) as response:
                content = _content(response)
        except (requests.RequestException, ValueError) as error:
            raise Unreachable(_why(self.name, error)) from None
        self._judge(response.status_code, content, path)
        try:
            answer = json.loads(content)
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


def _content(response: requests.Response) -> bytes:
    content = b""
    ends_at = time.monotonic() + _LONGEST_EXCHANGE
    for chunk in response.iter_content(64 * 1024):
        content += chunk
        if len(content) > _LARGEST_ANSWER or time.monotonic() > ends_at:
            raise requests.exceptions.ContentDecodingError("too long")
    return content


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
