"""Strangers: who asks, how often they have guessed, and what the log says of them."""

import math
import time
from collections import OrderedDict

from starlette.requests import Request

from spotify_scope_plugin.background import log

from .allowance import Allowance
from .hosts import host_and_port, household_of, is_loopback

_TOLD_EVERY = 60.0
_REMEMBERED = 1000
_FREE, _MOST = 3, 10
"""Wrong tokens of one caller that cost no time, and those after which none is looked at any more."""

_OF_ALL, _FLOODED_FOR = 200, 60.0
"""Wrong tokens of all callers in the time in which they are forgotten: who has many addresses gets no further."""

_SLOWED_BY = 1.0
_FORGOTTEN_AFTER = 300.0
_BY_CLOUDFLARE, _FORWARDED_FOR = "cf-connecting-ip", "x-forwarded-for"


def caller_of(request: Request, *, behind_proxy: bool) -> str:
    """Return the address of whoever asks; behind a known proxy, the one for which it says it asks.

    Args:
        request: what is asked.
        behind_proxy: whether everybody comes through a proxy. One on this machine is known by itself.
    """
    peer = request.client.host if request.client else ""
    if behind_proxy or is_loopback(peer):
        # What stands before RunPod's proxy names the caller by itself; others add to what the client says.
        named = request.headers.get(_BY_CLOUDFLARE, "") if behind_proxy else ""
        lines = request.headers.getlist(_FORWARDED_FOR)
        last = lines[-1].rpartition(",")[2].strip() if lines else ""
        for forwarded in (named, last, host_and_port(last)[0]):
            if household := household_of(forwarded):
                return household
    return household_of(peer) or "an unknown address"


class Guesses:
    """Slows down those who try tokens, and then refuses to look at any of theirs for a while."""

    def __init__(self) -> None:
        """Begin without any."""
        self._of_all = Allowance(_OF_ALL / _FORGOTTEN_AFTER, _OF_ALL)
        self._flooded_until = -math.inf
        self._wrong: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def refused_for(self, caller: str) -> float:
        """Return for how many seconds no token of a caller is looked at; 0: they are."""
        count, last = self._wrong.get(caller, (0, 0.0))
        until = max(self._flooded_until, last + _FORGOTTEN_AFTER if count >= _MOST else -math.inf)
        return max(0.0, until - time.monotonic())

    def wrong(self, caller: str) -> float:
        """Count a wrong token; returns the seconds after which to say so."""
        now = time.monotonic()
        count, last = self._wrong.pop(caller, (0, now))
        count = 1 if now - last > _FORGOTTEN_AFTER else count + 1
        self._wrong[caller] = count, now
        if not self._of_all.take():
            self._flooded_until = now + _FLOODED_FOR
        if len(self._wrong) > _REMEMBERED:
            self._wrong.popitem(last=False)
        return _SLOWED_BY if count > _FREE else 0.0


class Counted:
    """A log line about strangers: written at once, and then once a minute for all of them."""

    def __init__(self, sentence: str) -> None:
        """Write `sentence`, which holds one `%s` for what the last stranger did."""
        self._sentence = sentence
        self._count = 0
        self._told_at = float("-inf")

    def tell(self, what: str) -> None:
        """Count one more."""
        self._count += 1
        now = time.monotonic()
        if now - self._told_at < _TOLD_EVERY:
            return
        more = f" ({self._count} of this kind since the last such line)" if self._count > 1 else ""
        log.warning(f"Spotify lyrics page: {self._sentence}%s", what, more)
        self._count, self._told_at = 0, now
