"""Sends prompts to a Scope elsewhere: on change, and again now and then, as the preprocessor does."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from pythonosc.udp_client import SimpleUDPClient

from ..sending.prompter import Prompter
from ..sending.updates import Update
from .api import LoginWanted, ScopeApi, ScopeError, Session, TooOld, Unreachable

_RETRY_FIRST, _RETRY_LONGEST = 1.0, 10.0
_NO_SESSION_REST = 2.0
_LOOK_SECONDS = 2.0
_AGE_TOLERANCE = 1.5  # seconds; the question takes its time


@dataclass(frozen=True)
class Status:
    """How it goes: what is wrong (empty: nothing), the session, and the last prompt's round trip in seconds."""

    problem: str = ""
    session: Session | None = None
    round_trip: float | None = None
    sent: int = 0


class Target(Protocol):
    """Where prompts go."""

    def session(self) -> Session | None:
        """Return the session that takes them; None: there is none. May raise a `ScopeError`."""
        ...

    def send(self, parameters: dict[str, Any]) -> None:
        """Send parameters. May raise a `ScopeError`."""
        ...


class HttpTarget:
    """The session API."""

    def __init__(self, api: ScopeApi) -> None:
        """Send to the sessions of `api`'s server."""
        self._api = api

    def session(self) -> Session | None:
        """Ask for the session that runs."""
        return self._api.session()

    def send(self, parameters: dict[str, Any]) -> None:
        """Send to all sessions; the server takes parameters for nobody without a word."""
        self._api.set_parameters(parameters)


class OscTarget:
    """OSC over UDP, for Scope from 0.1.6 on: text only, and nobody answers."""

    def __init__(self, host: str, port: int) -> None:
        """Send to the UDP port that has the same number as Scope's own."""
        self._host, self._port = host, port
        self._client: SimpleUDPClient | None = None

    def session(self) -> Session | None:
        """Take it for granted that somebody listens."""
        return Session(f"OSC to {self._host}:{self._port}", 0.0, is_confirmed=False)

    def send(self, parameters: dict[str, Any]) -> None:
        """Send the text of the prompt; what OSC has no address for is left out."""
        try:
            if self._client is None:
                self._client = SimpleUDPClient(self._host, self._port)
            if parameters.get("prompts"):
                self._client.send_message("/scope/prompt", parameters["prompts"][0]["text"])
            for name in ("paused", "reset_cache"):
                if name in parameters:
                    self._client.send_message(f"/scope/{name}", bool(parameters[name]))
        except OSError as error:
            raise Unreachable(f"OSC cannot be sent to {self._host}:{self._port} ({error.strerror}).") from None


class Driver:
    """Takes what the prompter decides to a target, and waits where there is nobody to take it. For one thread."""

    def __init__(
        self,
        prompter: Prompter,
        target: Target,
        *,
        fall_back: Callable[[], Target | None] = lambda: None,
        stop_on_pause: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin without a session.

        Args:
            prompter: decides what is sent, and when.
            target: where it goes.
            fall_back: returns another target for a server that is too old for this one; None: there is none.
            stop_on_pause: pause the session while the music is paused.
            clock: monotonic time in seconds.
        """
        self.status = Status()
        self._prompter = prompter
        self._target = target
        self._fall_back = fall_back
        self._stop_on_pause = stop_on_pause
        self._is_paused: bool | None = None  # None: nobody knows
        self._sent = ""
        self._looked_at = float("-inf")
        self._now = clock
        self._failures = 0
        self._rests_until = 0.0

    def step(self) -> None:
        """Send what is due; blocks for a round trip then. To be called some twenty times a second."""
        # Asked even while nobody listens, so that the moment is known.
        update = self._prompter.next_update({})
        now = self._now()
        if now < self._rests_until:
            return
        try:
            if self.status.session is None:
                self._begin(now)
            elif update or self._pause_changed():
                self._send(update)
        except TooOld as error:
            self._replace_target(error)
        except ScopeError as error:
            self._lost(str(error), lasts=isinstance(error, LoginWanted))

    def _begin(self, now: float) -> None:
        session = self._target.session()
        if session is None:
            self.status = Status("Scope is there, and runs no session: press Play in it, or use --start PIPELINE.")
            self._rests_until = now + _NO_SESSION_REST
            return
        self.status = Status(session=session)
        self._is_paused, self._sent, self._looked_at = None, "", now
        self._prompter.begin_stream()

    def _pause_changed(self) -> bool:
        moment = self._prompter.moment
        return self._stop_on_pause and moment is not None and self._is_paused is not (not moment.is_playing)

    def _send(self, update: Update) -> None:
        parameters: dict[str, Any] = dict(update)
        moment = self._prompter.moment
        if moment is not None and self._pause_changed():
            parameters["paused"] = not moment.is_playing
        before, asked_at = self.status, self._now()
        self._target.send(parameters)
        round_trip = self._now() - asked_at
        self._failures = 0
        self._is_paused = parameters.get("paused", self._is_paused)
        text = parameters["prompts"][0]["text"] if update else self._sent
        session, is_resend = before.session, text == self._sent
        self._sent = text
        if is_resend or self._now() - self._looked_at > _LOOK_SECONDS:
            # A server takes parameters for nobody without a word; but the next line should not wait for this.
            looked_at, self._looked_at = self._looked_at, self._now()
            session = self._target.session()
            if session is None or _is_another(session, before.session, self._looked_at - looked_at):
                # The next step finds the new one, and tells it everything.
                self.status = Status("Scope's session has ended; waiting for the next one.")
                return
        self.status = Status("", session, round_trip, before.sent + bool(update))

    def release(self) -> None:
        """Let a session go on that was paused here. May raise a `ScopeError`."""
        if self._is_paused:
            self._target.send({"paused": False})

    def _replace_target(self, error: TooOld) -> None:
        target = self._fall_back()
        if target is None:
            self._lost(
                f"{error} It takes Scope 0.1.8 or newer; for an older one, use --osc HOST:PORT.", lasts=True
            )
            return
        self._target, self._fall_back = target, lambda: None
        self.status = Status()

    def _lost(self, problem: str, *, lasts: bool) -> None:
        pause = _RETRY_LONGEST if lasts else min(_RETRY_FIRST * 2.0**self._failures, _RETRY_LONGEST)
        self._failures = min(self._failures + 1, 8)
        self._rests_until = self._now() + pause
        self.status = Status(f"{problem} Trying again.")


def _is_another(session: Session, before: Session | None, elapsed: float) -> bool:
    """Tell whether this is not the session of `elapsed` seconds ago; all without a viewer share an id."""
    if before is None or session.id != before.id:
        return True
    return 0 < session.age < before.age + elapsed - _AGE_TOLERANCE
