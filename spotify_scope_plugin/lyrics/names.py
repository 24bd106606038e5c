"""What a title or an artist's name says, whatever its spelling.

Spotify and LRCLIB seldom agree letter for letter. A title carries extras that change nothing ("Remastered
2011", "feat. X") and others that make it another recording ("Live", "Remix", "Karaoke"). Both stand in brackets
or behind a dash, and are told apart from words of the name, as in "(I Can't Get No) Satisfaction" or "Live and
Let Die".
"""

import functools
import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from .extras import GENERAL_WORDS, take_of

_LIVE_ALBUM = re.compile(
    r"live( \d{4})?|.*\blive (at|in|from|on) \w.*|.* live( .{0,3}\d{4})?"
    r"|.*\b(unplugged|en vivo|ao vivo|in concert|en concert)\b.*"
)
_COVER_ALBUM = re.compile(
    r".*\b(karaoke|tribute|lullab(y|ies)|made famous by|in the style of|cover|covers|string quartet|kidz)\b.*"
)

_LONGEST_TITLE = 300  # characters
_OPEN, _CLOSE = r"[(\[{（［【〔「『〈《]", r"[)\]}）］】〕」』〉》]"
_BRACKETS = re.compile(rf"{_OPEN}([^()\[\]{{}}（）［］【】〔〕「」『』〈〉《》]*){_CLOSE}")
_DASH = re.compile(r"\s+[-–—―~〜]\s+")
_GUEST = re.compile(r"^(?:feat|ft|featuring|with|con|avec|mit|duet with|duetto con)\.?\s+(.+)$", re.IGNORECASE)
_PIECES = re.compile(r"\s*(?:;|(?<!\d)/|/(?!\d))\s*")  # a date has slashes too
_TRAILING_PART = re.compile(
    r"[\s,:]+(?:pt|part|parte|partie|teil|vol|no)\b\.?\s*(?:\d+|[ivx]+)\b.*$", re.IGNORECASE
)
_QUOTED_SOURCE = re.compile(r"^(?:from|de|du|aus|dal|da)\b[^\"“”„«»]*[\"“”„«»]", re.IGNORECASE)
_HONORIFIC = re.compile(r"^(?:the|ms|mr|mrs|dr) ")
_TRAILING_GUEST = re.compile(r"\s+(?:(?:feat|ft)\.?|featuring)\s+(.*)$", re.IGNORECASE)
_ARTIST_BREAK = re.compile(
    r"\s*[,;/、，＆&+×・|]\s*|\s+(?:feat\.?|ft\.?|featuring|with|and|und|et|y|e|x|con|avec|presents)\s+",
    re.IGNORECASE,
)
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "$": "s", "&": " and "}
)
_INITIALS = re.compile(r"\b[a-z](?: [a-z]\b)+")
# Spellings of one word, as singers and typists have it.
_WORDS = {
    "n": "and",
    "o": "of",
    "u": "you",
    "ur": "your",
    "cause": "because",
    "cuz": "because",
    "pt": "part",
    "pts": "part",
    "parts": "part",
}
_ROMAN = {"ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7", "viii": "8", "ix": "9", "xi": "11", "xii": "12"}


class Title(NamedTuple):
    """A title, understood.

    `name` is its folded name without extras, `aliases` are names that it also goes by. `takes` maps what makes
    it another recording to the words that say which one. `guests` are the folded names of guest artists.
    `plain` is the name as it was written, and `core` the part of it that every spelling shares.
    """

    name: str
    aliases: frozenset[str]
    takes: dict[str, frozenset[str]]
    guests: frozenset[str]
    plain: str
    core: str


@functools.lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """Return the text without case, accents, width and punctuation, its words separated by single spaces.

    Marks that make another letter stay, as in Japanese (が is not か) and the scripts of India.
    """
    kept = []
    for character in unicodedata.normalize("NFKD", text).casefold().translate(_LETTERS):
        category = unicodedata.category(character)
        if category == "Mn" and character < "\u0483":
            continue
        if category[0] in "LMN":
            kept.append(character)
        elif character not in "'’‘`":
            kept.append(" ")
    return " ".join(unicodedata.normalize("NFC", "".join(kept)).split())


@functools.lru_cache(maxsize=4096)
def spelling(folded: str) -> str:
    """Return folded text with common variants of its words spelled one way, and without spaces."""
    initials = _INITIALS.sub(lambda match: match[0].replace(" ", ""), folded)  # "T.N.T." has no "and" in it
    words = [_WORDS.get(word, _ROMAN.get(word, word)) for word in initials.split()]
    return "".join(word[:-1] if len(word) > 4 and word.endswith("ing") else word for word in words)


@functools.lru_cache(maxsize=1024)
def understand(title: str) -> Title:
    """Take a title apart."""
    takes: dict[str, frozenset[str]] = {}
    aliases: set[str] = set()
    guests: set[str] = set()
    plain = _short(title)
    for extra in _extras(plain):
        folded = fold(extra)
        if _QUOTED_SOURCE.match(extra):
            plain = _without(plain, extra)  # From "Film"
            continue
        guest = _GUEST.match(extra.strip())
        if guest is not None:
            guests.update(artist_names(guest[1]))
            plain = _without(plain, extra)
            continue
        take = take_of(folded)
        if take:
            takes[take] = takes.get(take, frozenset()) | (frozenset(folded.split()) - GENERAL_WORDS)
        elif take is None:
            if fold(title).isascii() != folded.isascii() or not folded.isascii():
                aliases.add(folded)  # the name in another script
            continue
        plain = _without(plain, extra)
    guest = _TRAILING_GUEST.search(plain)
    if guest is not None:
        guests.update(artist_names(guest[1]))
        plain = plain[: guest.start()]
    kept = [fold(inside) for inside in _BRACKETS.findall(plain)]
    # One unknown word in brackets may well be another version: "Song (Piano)".
    may_be_left_out = all(" " in inside or not inside.isascii() for inside in kept)
    without_brackets = fold(_BRACKETS.sub(" ", plain)) if may_be_left_out else ""
    name = fold(plain) or fold(title) or _short(title)  # "÷" and "×" are names too
    if without_brackets and not plain.lstrip().startswith(("(", "[")):
        aliases.add(without_brackets)
    core = _TRAILING_PART.sub("", _BRACKETS.sub(" ", plain)).strip() or plain
    if plain.lstrip().startswith(("(", "[")):
        core = plain
    shown = plain or _short(title)
    return Title(name, frozenset(aliases - {name, ""}), takes, frozenset(guests), shown, core or shown)


@functools.lru_cache(maxsize=1024)
def album_takes(album: str) -> frozenset[str]:
    """Return what an album's name says of all its recordings: what stands on a live album is live."""
    folded = fold(album)
    if re.match(r"live\s*[:(/-]", album, re.IGNORECASE):
        folded = "live"
    takes = set(understand(album).takes) & {"live", "acoustic", "instrumental", "speed", "arrangement", "cover"}
    if _LIVE_ALBUM.fullmatch(folded):
        takes.add("live")
    if _COVER_ALBUM.fullmatch(folded):
        takes.add("cover")
    return frozenset(takes)


@functools.lru_cache(maxsize=1024)
def live_detail(album: str) -> frozenset[str]:
    """Return the words of a live album's name that say where it was."""
    folded = fold(album)
    return frozenset(folded.split()) - GENERAL_WORDS if _LIVE_ALBUM.fullmatch(folded) else frozenset()


def is_cover_artist(artist: str) -> bool:
    """Tell whether an artist's name is that of a karaoke or tribute act."""
    return _COVER_ALBUM.fullmatch(fold(artist)) is not None


def numbers(folded: str) -> tuple[str, ...]:
    """Return the numbers in folded text: they tell parts of a name apart."""
    return tuple(word for word in (_ROMAN.get(word, word) for word in folded.split()) if word.isdigit())


def guests_of(artist: str) -> frozenset[str]:
    """Return the folded names that an artist field calls guests."""
    guest = _TRAILING_GUEST.search(_short(artist))
    return frozenset(artist_names(guest[1])) if guest is not None else frozenset()


@functools.lru_cache(maxsize=1024)
def artist_wholes(text: str) -> tuple[str, ...]:
    """Return the folded spellings of a whole artist field, with its name in another script."""
    text = _short(text)
    outside = _BRACKETS.sub(" ", text)
    # What stands in brackets is the name in another script, or no name: "Artist (Karaoke)".
    inside = [part for part in _BRACKETS.findall(text) if fold(part).isascii() != fold(outside).isascii()]
    names = [fold(part) for part in (text, outside, *inside)]
    names += [_HONORIFIC.sub("", name) for name in names]
    return tuple(dict.fromkeys(name for name in names if name))


@functools.lru_cache(maxsize=1024)
def artist_parts(text: str) -> tuple[str, ...]:
    """Return the folded names of the artists in a field, in order."""
    parts = (fold(part) for part in _ARTIST_BREAK.split(_BRACKETS.sub(" ", _short(text))))
    return tuple(_HONORIFIC.sub("", part) for part in parts if part)


def artist_names(text: str) -> tuple[str, ...]:
    """Return all folded names that an artist field may stand for: the whole, and each part of it."""
    return (*artist_wholes(text), *artist_parts(text))


def shortest_name(artist: str) -> str:
    """Return the words of an artist's name that every spelling has."""
    artist = _short(artist)
    words = _HONORIFIC.sub("", fold(_BRACKETS.sub(" ", artist)) or fold(artist)).split()
    return " ".join(word for word in words if word != "and") or artist


def loose_words(title: Title) -> str:
    """Return the few words of a title that are spelled the same everywhere; the name in another script, if any."""
    other_script = [alias for alias in title.aliases if not alias.isascii()]
    if other_script and title.name.split(" ", 1)[0].isascii():
        return other_script[0]
    words = fold(title.core).split()
    steady = [word for word in words if word not in _WORDS and not re.search(r"ing?$|^(?:the|and|of|an?)$", word)]
    return " ".join(sorted(steady or words, key=len, reverse=True)[:3])


def _short(text: str) -> str:
    """Return text of bounded length with single spaces: what a stranger writes must not keep the matcher busy."""
    return " ".join(unicodedata.normalize("NFKC", text[:_LONGEST_TITLE])[:_LONGEST_TITLE].split())


def _extras(title: str) -> Iterator[str]:
    """Yield what stands in brackets, unless the title begins with it, and behind a dash, piece by piece."""
    for match in _BRACKETS.finditer(title):
        if title[: match.start()].strip() and match[1].strip():
            yield match[1].strip()
    head, *tail = _DASH.split(_BRACKETS.sub(" ", title), maxsplit=1)
    if tail and head.strip():
        # Only the first dash divides: "Live at the Nokia Theatre - December 2007" is one extra.
        yield from (piece.strip() for piece in _PIECES.split(tail[0]) if piece.strip())


def _without(text: str, extra: str) -> str:
    """Remove the last place where an extra stands, with its brackets, dash or slash."""
    before, _, after = text.rpartition(extra)
    before = re.sub(rf"(?:\s*{_OPEN}|\s[-–—―~〜/;]|[/;])\s*$", "", before.rstrip() if after.strip() else before)
    after = re.sub(rf"^\s*(?:{_CLOSE}|[/;])", "", after)
    return " ".join(f"{before} {after}".split())
