"""The telling words of a lyric line, in any script.

The stop words stand in `stop_words/<language>.txt`: function words and singing sounds only. The lists of the
common libraries are made for search engines and drop words an image lives on, such as "fire", "home" or "run".
"""

import functools
import re
import unicodedata
from pathlib import Path

LANGUAGES = ("en", "es", "pt", "fr", "de", "it")

_FOLDER = Path(__file__).parent / "stop_words"
_BREAKS = re.compile(r"[\s,;:!?…—–/|()\[\]{}\"“”„«»¿¡、。，！？「」『』（）]+")


def keywords(line: str) -> str:
    """Return the words of `line` without the stop words of its language, in order, separated by spaces.

    The language is the one whose stop words the line uses most, so that German "die" costs an English line no
    "die". A line of stop words only, or of a language without a list, is kept whole.
    """
    words = [word for word in map(_bare, _BREAKS.split(line)) if word]
    known = [_normalized(word) for word in words]
    stop_words = max(map(_stop_words, LANGUAGES), key=lambda listed: len(listed.intersection(known)))
    telling = [word for word, normal in zip(words, known, strict=True) if normal not in stop_words]
    return " ".join(telling or words)


@functools.cache
def _stop_words(language: str) -> frozenset[str]:
    text = (_FOLDER / f"{language}.txt").read_text(encoding="utf-8")
    return frozenset(_normalized(_bare(word)) for word in text.split())


def _normalized(word: str) -> str:
    return unicodedata.normalize("NFC", word.casefold()).replace("’", "'")


def _bare(word: str) -> str:
    """Drop punctuation and symbols around a word; marks and letters of every script stay."""
    start, end = 0, len(word)
    while start < end and unicodedata.category(word[start])[0] in "PSZC":
        start += 1
    while end > start and unicodedata.category(word[end - 1])[0] in "PSZC":
        end -= 1
    return word[start:end]
