"""Who may see the page: everybody, or whoever knows the token or was invited by somebody who does."""

import enum
import hashlib
import hmac
import math
import re
import secrets
import time

COOKIE = "spotify_scope_page"
HOLDER_SECONDS = 30 * 24 * 3600
_GUEST_SECONDS = 12 * 3600  # a long night
_INVITATION_SECONDS = 3600
_SAME_FOR = 300
_INVITATION = re.compile(r"([0-9]{1,12})\.([0-9]{1,12})\.[0-9a-f]{32}")
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_KINDS = (("[a-z]", 26), ("[A-Z]", 26), ("[0-9]", 10), ("[^a-zA-Z0-9]", 20))
_GOOD_BITS, _FEWEST_DIFFERENT = 60.0, 6


class Viewer(enum.Enum):
    """What somebody may do who was admitted."""

    HOLDER = "holder"  # knows the token, or needs none: may also log in to Spotify
    GUEST = "guest"  # was invited: may look for a night


class Access:
    """Checks tokens, cookies and invitations. The token itself is never part of what it gives out.

    A guest's secret is `until.stay.hash`: as an invitation it admits until one time and lets stay until a later
    one, as a cookie both are the same. Nothing is stored, and all secrets end when the token changes.
    """

    def __init__(self, token: str) -> None:
        """Guard with `token`; empty: everybody may come in. Takes a moment: guessing the token must, too."""
        self._token = token
        # Guests hold what is made from the token, and could try words on it for as long as they like.
        self._key = hashlib.scrypt(token.encode(errors="replace"), salt=b"spotify-scope page", n=2**14, r=8, p=1)

    @property
    def is_guarded(self) -> bool:
        """Whether a token is needed at all."""
        return bool(self._token)

    def viewer(self, secret: str) -> Viewer | None:
        """Return what somebody may do who shows `secret`, the token or an invitation; None: nothing."""
        return Viewer.HOLDER if _same(secret, self._token) else self.viewer_with(secret)

    def viewer_with(self, cookie: str) -> Viewer | None:
        """Return what somebody may do who has a cookie: what nobody can guess, and what is not the token."""
        if not self._token or _same(cookie, self._hash("holder")):
            return Viewer.HOLDER
        return Viewer.GUEST if self._stay_of(cookie) else None

    def seconds_left(self, secret: str) -> float:
        """Return for how long somebody may stay who came in by `secret`; infinite for a holder."""
        if not self._token or self.viewer(secret) is Viewer.HOLDER:
            return math.inf
        return max(0.0, self._stay_of(secret) - time.time())

    def cookie(self, secret: str) -> tuple[str, int]:
        """Return a cookie for somebody who was admitted by `secret`, and the seconds for which it is good."""
        stay = self._stay_of(secret)
        if not stay:
            return self._hash("holder"), HOLDER_SECONDS
        return self._guest_secret(stay, stay), max(0, stay - int(time.time()))

    def invitation(self, secret: str) -> str:
        """Return a secret that admits guests for an hour; they may stay as long as a guest who invites them.

        It is the same one for some minutes: whoever looks at it again sees the same code.
        """
        now = int(time.time()) // _SAME_FOR * _SAME_FOR
        stay = self._stay_of(secret) or now + _GUEST_SECONDS
        return self._guest_secret(min(now + _INVITATION_SECONDS, stay), stay)

    def _stay_of(self, secret: str) -> int:
        """Return the Unix time until which a guest with this secret may stay; 0 when it admits nobody now."""
        parts = _INVITATION.fullmatch(secret)
        if not parts:
            return 0
        until, stay = int(parts[1]), int(parts[2])
        is_good = time.time() < until and _same(secret, self._guest_secret(until, stay))
        return stay if is_good else 0

    def _guest_secret(self, until: int, stay: int) -> str:
        return f"{until}.{stay}.{self._hash(f'guest {until} {stay}')}"

    def _hash(self, purpose: str) -> str:
        return hmac.new(self._key, purpose.encode(), hashlib.sha256).hexdigest()[:32]


def is_invitation(secret: str) -> bool:
    """Tell whether a secret has the shape of an invitation, good or not."""
    return _INVITATION.fullmatch(secret) is not None


def new_token() -> str:
    """Return a token that nobody guesses, of letters and digits that are not mistaken for each other."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))


def weakness(token: str) -> str:
    """Return why a token is easily guessed, as the end of a sentence; empty: it is not."""
    alphabet = sum(size for kind, size in _KINDS if re.search(kind, token))
    if len(token) * math.log2(max(alphabet, 2)) < _GOOD_BITS or len(set(token)) < _FEWEST_DIFFERENT:
        return "is short enough to be guessed"
    if re.fullmatch(r"[a-z]+|[A-Z]?[a-z]+[0-9]{0,4}[!?.]?", token):
        return "may be a word or a name, which are the first to be guessed"
    return ""


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(errors="replace"), other.encode(errors="replace"))
