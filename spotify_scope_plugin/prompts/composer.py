"""From a moment to a prompt: a pure function, with no I/O, clock or thread."""

import functools
import re
import unicodedata
from typing import TYPE_CHECKING

from ..options import FIELDS, Options
from .keywords import keywords
from .style_words import style_word
from .themes import CUSTOM, SONG_ARTIST, THEMES

if TYPE_CHECKING:
    from ..now_playing import Moment

PLACEHOLDERS = ("lyrics", "song", "artist")
LONGEST_VALUE = 300
"""Characters of a line or title that reach a prompt: text encoders read little more than that."""

_LONGEST_RAW = 2_000
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_SONG_BY_ARTIST = "{song} by {artist}"
_SEPARATORS = " ,;:.!?·|/-–—"
_QUOTES = dict(zip("\"'“‘«„(['「『*_", "\"'”’»“)]'」』*_", strict=True))
_DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks that turn the writing direction: a title could make the prompt read as something else."""

_CONNECTIVES = frozenset({"by", "and", "from", "of", "with", "&"})


def compose(moment: "Moment", options: Options) -> str | None:
    """Return the prompt for a moment; None while it is not known yet whether anything plays.

    Cheap to call for every frame: what was composed once is remembered.
    """
    # By value: this room knows the shape of a Moment, not the room it comes from.
    if moment.health.value == "starting":
        return None
    fallback = _clean(options.fallback_prompt) or str(FIELDS["fallback_prompt"].default)
    track = moment.track
    if track is None or not moment.is_playing:
        return fallback
    theme = options.template_theme
    line = style = ""
    if options.skip_explicit_tracks and track.explicit:
        theme = SONG_ARTIST
    elif moment.line is not None:
        line = moment.line.text
        if options.lyrics_rotating_style:
            style = style_word(moment.line.index, moment.position, options.lyrics_style_rotation_seconds)
    template = options.custom_template if theme == CUSTOM else THEMES[theme].template
    return _sentence(template, track.title, track.artist, line, style, options.lyrics_keywords_only) or fallback


def unknown_placeholders(template: str) -> list[str]:
    """Return the names in braces, as written, that stand for nothing."""
    return [name for name in _PLACEHOLDER.findall(template) if _name(name) not in PLACEHOLDERS]


@functools.lru_cache(maxsize=128)
def _sentence(template: str, song: str, artist: str, line: str, style: str, keywords_only: bool) -> str:
    """Fill a template; where nothing remains of it, name song and artist."""
    lyrics = _clean(line)
    if not _has_words(lyrics):
        lyrics = ""  # a line such as "♪" marks music, not words
    if lyrics and keywords_only:
        lyrics = keywords(lyrics)
    if lyrics and style:
        lyrics = f"{lyrics.rstrip(_SEPARATORS) or lyrics}, {style}"
    values = {"lyrics": lyrics, "song": _clean(song), "artist": _clean(artist)}
    filled = _filled(template, values)
    return filled if _has_words(filled) else _filled(_SONG_BY_ARTIST, values)


def _filled(template: str, values: dict[str, str]) -> str:
    """Put the values into the template, closing it up around empty and unknown ones.

    Values are text and nothing else: braces in a title are not read as placeholders.
    """
    first, *rest = _pieces(template)
    parts = [first]  # literal, value, literal, value, ..., literal
    for place in range(0, len(rest), 2):
        value, literal = values.get(_name(rest[place]), ""), rest[place + 1]
        if value:
            parts += [value, literal]
        else:
            is_last = place + 2 == len(rest)
            parts[-1] = _closed_up(parts[-1], literal, at_start=len(parts) == 1, at_end=is_last)
    return "".join(parts).strip()


@functools.lru_cache(maxsize=32)
def _pieces(template: str) -> tuple[str, ...]:
    """Divide a template into literals and the placeholders between them."""
    return tuple(_PLACEHOLDER.split(" ".join(_printable(template).split())))


def _closed_up(left: str, right: str, *, at_start: bool, at_end: bool) -> str:
    """Join the literals on both sides of an empty placeholder, without stray quotes, words or punctuation."""
    left, right = _unwrapped(left, right)
    has_space = left.endswith(" ") or right.startswith(" ")
    left, right = left.rstrip(), right.lstrip()
    last, first = left.rsplit(" ", 1)[-1], right.split(" ", 1)[0]
    if last.casefold() in _CONNECTIVES:
        left = left[: -len(last)].rstrip()
    elif first.casefold() in _CONNECTIVES and (not left or left[-1] in _SEPARATORS):
        right = right[len(first) :].lstrip()
    if at_start and not left.strip(_SEPARATORS):
        return right.lstrip(_SEPARATORS)
    if at_end and not right.strip(_SEPARATORS):
        return left.rstrip(_SEPARATORS)
    if left and left[-1] in _SEPARATORS and right and right[0] in _SEPARATORS:
        has_space = has_space or right[0] == " "
        right = right.lstrip(_SEPARATORS)
    if has_space and (not right or right[0] not in _SEPARATORS):
        return f"{left} {right}"
    return left + right


def _unwrapped(left: str, right: str) -> tuple[str, str]:
    """Remove quotes or brackets that hold nothing but an empty placeholder, its punctuation or its weight."""
    opening = left.rstrip()[-1:]
    closing = _QUOTES.get(opening)
    if closing is not None:
        held = re.match(rf"[\s,;:.!?]*(?::?\d*\.?\d+)?\s*{re.escape(closing)}", right)
        if held is not None:
            return left.rstrip()[:-1], right[held.end() :]
    return left, right


def _has_words(text: str) -> bool:
    return any(map(str.isalnum, text))


@functools.lru_cache(maxsize=32)
def _clean(value: str) -> str:
    """Return a stranger's text on one line, without control characters, and of bounded length."""
    text = " ".join(_printable(value).split())
    if len(text) <= LONGEST_VALUE:
        return text
    return text[:LONGEST_VALUE].rsplit(" ", 1)[0]


def _printable(text: str) -> str:
    """Return a text without control characters and without marks that turn its direction."""
    if text.isprintable():
        return text
    kept = (char for char in text[:_LONGEST_RAW] if char not in _DIRECTIONS)
    return "".join(" " if unicodedata.category(char) in {"Cc", "Cs"} else char for char in kept)


def _name(placeholder: str) -> str:
    return placeholder.strip().casefold()
