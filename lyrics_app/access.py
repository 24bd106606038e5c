"""Who may see the page: everybody, or whoever knows the token or was invited by somebody who does."""

import hashlib
import hmac
import time

COOKIE = "spotify_scope_page"
COOKIE_SECONDS = 30 * 24 * 3600
_INVITATION_SECONDS = 3600.0


class Access:
    """Checks tokens, cookies and invitations. The token itself is never part of what it gives out.

    A cookie or an invitation is a keyed hash, so nothing is stored, and all of them end when the token changes.
    """

    def __init__(self, token: str) -> None:
        """Guard with `token`; empty: everybody may come in."""
        self._token = token

    @property
    def is_guarded(self) -> bool:
        """Whether a token is needed at all."""
        return bool(self._token)

    def admits(self, secret: str) -> bool:
        """Tell whether `secret`, from an address or a cookie, is the token, a cookie or a valid invitation."""
        if not self._token:
            return True
        expires, _, _ = secret.partition(".")
        is_invitation = (
            expires.isascii() and expires.isdigit() and len(expires) < 16 and time.time() < int(expires)
        ) and _same(secret, self._invitation(int(expires)))
        return _same(secret, self._token) or _same(secret, self.cookie()) or is_invitation

    def cookie(self) -> str:
        """Return the cookie's value for somebody who was admitted."""
        return self._hash("cookie")

    def invitation(self) -> str:
        """Return a secret for an address that may be shown to the room: it admits for an hour."""
        return self._invitation(int(time.time() + _INVITATION_SECONDS))

    def _invitation(self, expires: int) -> str:
        return f"{expires}.{self._hash(f'invitation {expires}')}"

    def _hash(self, purpose: str) -> str:
        return hmac.new(self._token.encode(), purpose.encode(), hashlib.sha256).hexdigest()[:32]


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(errors="replace"), other.encode(errors="replace"))
