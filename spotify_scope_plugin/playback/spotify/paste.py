"""What a user pastes to complete a login: the address to which Spotify led the browser."""

import html
import re
import secrets
from urllib.parse import parse_qs


class PasteError(ValueError):
    """What the user pasted cannot complete the login; the message says why and what to paste instead."""


def code_from_paste(pasted: str, state: str, *, accept_bare: bool = True) -> str:
    """Return the authorization code in a pasted redirect URL, its query, or the bare code.

    Args:
        pasted: what the user pasted; quotes, white space and terminal paste marks around it do no harm.
        state: the `state` of this attempt, compared with the one in the URL.
        accept_bare: take a code without its URL too, whose state cannot be checked.

    Raises:
        PasteError: there is no code of this attempt in it.
    """
    text = _cleaned(pasted)
    if not text:
        raise PasteError("Nothing was pasted. Copy the whole address from the browser's address bar.")
    if "=" not in text and "/" not in text:
        if accept_bare and re.fullmatch(r"[\w.~-]{16,}", text):
            return text
        raise PasteError(
            "This is neither an address nor a code. Paste the whole address from the browser's address bar."
        )
    query = _query(text)
    if "error" in query:
        if query["error"] == "access_denied":
            raise PasteError("Access was not allowed. Open Spotify's login again and choose Agree.")
        raise PasteError(f"Spotify answered with the error {query['error']!r}. Open its login again.")
    if "code" not in query and "accounts.spotify.com" in text and "client_id" not in query:
        raise PasteError("You are still on Spotify's own page. Log in there and agree, then paste the address.")
    if "code" not in query:
        if "client_id" in query:
            raise PasteError(
                "This is the address of Spotify's login. Open it in a browser, allow access, and paste the "
                "address that the browser shows after that."
            )
        raise PasteError(
            "This address holds no code. It takes the one that the browser shows after you allowed access."
        )
    if "state" not in query:
        raise PasteError("This address is cut off: its state is missing. Paste the whole address.")
    if not secrets.compare_digest(query["state"].encode(), state.encode()):
        raise PasteError(
            "This address belongs to another login attempt. Open Spotify's login again and use the address to "
            "which it leads then."
        )
    return query["code"]


def state_in(pasted: str) -> str:
    """Return the `state` in a pasted redirect URL, which tells to which attempt it belongs; empty: none."""
    return _query(_cleaned(pasted)).get("state", "")


def _cleaned(pasted: str) -> str:
    return html.unescape(re.sub(r"\x1b\[20[01]~|\s", "", pasted)).strip("\"'<>")


def _query(text: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(text.partition("#")[0].rpartition("?")[2]).items()}
