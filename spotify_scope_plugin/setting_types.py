"""What the values of environment variables may be: each function understands a text, or raises `OptionError`."""

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from .options import OptionError, parse_number

_LONGEST_POLL = 60.0  # seconds
_HOST = re.compile(r"[\w.-]+|[0-9a-fA-F:.%]+")

SOURCES = ("auto", "spotify", "local", "demo")
"""Where the music may come from, besides the address of another computer."""


def url(text: str) -> str:
    """Understand an address with a scheme.

    Raises:
        OptionError: it is none, or its host or port cannot be.
    """
    try:
        parts = urlsplit(text)
        is_address = parts.scheme in {"http", "https"} and _HOST.fullmatch(parts.hostname or "") is not None
        is_address = is_address and parts.port != 0
    except ValueError:  # brackets that do not match, a port that cannot be
        is_address = False
    if not is_address:
        raise OptionError(f"must be an http:// or https:// address, not {without_password(text)!r}")
    return text


def credential(text: str) -> str:
    """Understand what Spotify gives out: one word of plain characters. Never shown.

    Raises:
        OptionError: it is none.
    """
    if not re.fullmatch(r"[\x21-\x7e]{1,8192}", text):
        raise OptionError("must be one word of plain letters, digits and signs, as Spotify shows it")
    return text


def without_password(address: str) -> str:
    """Return an address without what stands before its @, and behind its ? or #: all of these hold secrets."""
    shown = re.split("[?#]", address)[0]
    return re.sub(r"//[^/]*@", "//...@", shown)


def redirect_uri(text: str) -> str:
    """Understand a redirect URI that Spotify takes."""
    if urlsplit(url(text)).hostname == "localhost":
        raise OptionError("must not use localhost, which Spotify refuses; 127.0.0.1 it accepts")
    return text


def page_address(text: str) -> str:
    """Understand the address of a page as people write it: `192.168.1.5:8765` is taken for `http://`.

    Raises:
        OptionError: it is none.
    """
    is_bare = re.match(r"(\[[0-9a-fA-F:]+\]|[\w.-]+):\d+(/|\?|$)", text)
    return url(f"http://{text}" if is_bare else text)


def source(text: str) -> str:
    """Understand where the music comes from: a word of `SOURCES`, or an address."""
    word = text.casefold()
    if word in SOURCES:
        return word
    try:
        return page_address(text)
    except OptionError:
        raise OptionError(
            f"must be {', '.join(SOURCES)} or an http:// or https:// address, not {without_password(text)!r}"
        ) from None


def poll_seconds(text: str) -> float | None:
    """Understand a fixed pace in seconds; None: automatic."""
    if text.casefold() == "auto":
        return None
    try:
        return parse_number(text, 0.2, _LONGEST_POLL)
    except OptionError as error:
        raise OptionError(f"{error} (or auto)") from None


def folder(text: str) -> Path:
    """Understand a folder, `~` included."""
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise OptionError(f"must be a folder that can be found, not {text!r}") from None


def number(low: float, high: float) -> Callable[[str], float]:
    """Return what understands a number from `low` to `high`."""
    return lambda text: parse_number(text, low, high)


def whole_number(low: int, high: int) -> Callable[[str], int]:
    """Return what understands a whole number from `low` to `high`."""

    def parse(text: str) -> int:
        value = parse_number(text, low, high)
        if value != int(value):
            raise OptionError(f"must be a whole number, not {text!r}")
        return int(value)

    return parse


def host_names(text: str) -> tuple[str, ...]:
    """Understand a list of host names, with stars."""
    names = tuple(re.split(r"[\s,]+", text.casefold().strip(" ,")))
    if bad := [name for name in names if not re.fullmatch(r"(\*\.)?[\w.-]+", name)]:
        raise OptionError(f"must be host names such as lyrics.example.com or *.example.com, not {bad[0]!r}")
    return names
