"""Shares what plays on this computer with the plugin on another one."""

import contextlib
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import requests

from ..model import LONGEST_TEXT
from ..snapshot import Snapshot
from .address import Address, ServerClock, asked, why_unreachable
from .wire import LONGEST_TRACK, json_of

HEARTBEAT_SECONDS = 5.0
_LONGEST_QUEUE = 20
_LARGEST_REPORT = 48 * 1024  # bytes; the other side takes a little more
_RETRY_FIRST, _RETRY_LONGEST = 1.0, 4.0
_NEWS_GAP = 0.15  # the other side refuses more than ten reports a second


class CannotShare(Exception):  # noqa: N818 - named as a state of the world
    """It is no use going on; the message says why and what to do."""


@dataclass(frozen=True)
class Shared:
    """How it goes: whether the last report arrived, its round trip in seconds, and what is wrong if it did not."""

    arrived: bool = False
    round_trip: float = 0.0
    problem: str = ""
    replaced: str = ""
    """Who shared before; empty: nobody."""


class SharingClient:
    """Reports to one address: on every change, and every five seconds. Used by one thread."""

    def __init__(self, address: Address, name: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Report to `address` under this computer's `name`."""
        self._address = address
        self._name = name[:60] or "a computer"
        self._now = clock
        self._id = secrets.token_hex(8)
        self._started = clock()
        self._session = address.session()
        self._server_clock = ServerClock()
        self._is_connected = False
        self._told: Snapshot | None = None
        self._told_at = 0.0
        self._due_at = 0.0
        self._failures = 0
        self.status = Shared()

    def share(self, snapshot: Snapshot) -> bool:
        """Report `snapshot` if that is due; blocks for a round trip then. Returns whether the status is new.

        Raises:
            CannotShare: the other side will not have it.
        """
        now = self._now()
        is_news = snapshot is not self._told and now - self._told_at >= _NEWS_GAP
        if now < self._due_at and not (is_news and self._is_connected):
            return False
        before = self.status
        try:
            self._report(snapshot)
        except requests.RequestException as error:
            self._lost(f"{why_unreachable(self._address, error)}? Trying again.")
        return self.status != before

    def stop(self) -> None:
        """Say goodbye, if anybody listens."""
        with contextlib.suppress(requests.RequestException):  # it finds out by itself
            asked(self._session, "DELETE", f"{self._address.url}/api/share/{self._id}")

    def _report(self, snapshot: Snapshot) -> None:
        if not self._is_connected:
            self._judge(*self._measured())
            if self.status.problem:
                return
        sent = self._now()
        status, answer = asked(self._session, "POST", f"{self._address.url}/api/share", self._body(snapshot, sent))
        received = self._now()
        self._judge(status, answer)
        if self.status.problem:
            return
        self._told, self._told_at = snapshot, sent
        self._due_at = received + HEARTBEAT_SECONDS
        self._failures = 0
        self._is_connected = True
        self._server_clock.heard(float(answer["server_time"]), sent, received)
        self.status = Shared(True, received - sent, replaced=str(answer.get("replaced") or ""))

    def _measured(self) -> tuple[int, Any]:
        status = self._server_clock.measure(self._session, self._address)
        return status, {"server_time": 0.0}

    def _judge(self, status: int, answer: Any) -> None:
        """Take note of what the other side says; some answers are final."""
        if status == 401:
            raise CannotShare(self._address.wants_token)
        detail = answer.get("detail") if isinstance(answer, dict) else None
        if status in {403, 409} and isinstance(detail, str):
            raise CannotShare(detail[:LONGEST_TEXT])
        if status == 200 and isinstance(answer, dict) and isinstance(answer.get("server_time"), int | float):
            self.status = Shared(self.status.arrived, self.status.round_trip, "", self.status.replaced)
            return
        if status in {422, 429}:  # the computer has slept, and its clock has stood still: it is compared anew
            self._server_clock = ServerClock()
            self._lost(f"{self._address.name} did not take it (HTTP {status}). Trying again.")
            return
        what = f"HTTP {status}" if status != 200 else "an answer of another kind"
        self._lost(f"{self._address.url} is there, but no lyrics page answers ({what}). Trying again.")

    def _lost(self, problem: str) -> None:
        self._is_connected = False
        self._due_at = self._now() + min(_RETRY_FIRST * 2.0**self._failures, _RETRY_LONGEST)
        self._failures = min(self._failures + 1, 8)
        self.status = Shared(problem=problem)

    def _body(self, snapshot: Snapshot, now: float) -> dict[str, Any]:
        playback = snapshot.playback_at(now)
        offset = self._server_clock.offset
        body: dict[str, Any] = {
            "sharer": {"id": self._id, "name": self._name, "started_at": self._started + offset},
            "track": playback.track and json_of(playback.track),
            "is_playing": playback.is_playing,
            "position": min(playback.position_at(now), LONGEST_TRACK),
            "taken_at": now + offset,
            "queue": [json_of(track) for track in snapshot.tracks_ahead_at(now)[:_LONGEST_QUEUE]],
        }
        while body["queue"] and len(json.dumps(body)) > _LARGEST_REPORT:
            body["queue"].pop()
        return body
