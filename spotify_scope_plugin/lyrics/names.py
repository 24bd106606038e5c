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

# Extras that make another recording: take -> patterns of the folded extra.
_TAKES = {
    "live": (
        r"live( .*)?|.* live( version)?",
        r"live (at|in|from|on) .*|.* live (at|in|from) .*",
        r"(en|ao|al|dal) (vivo|directo)( .*)?|(en|in) (concert|concierto|concerto|public)( .*)?|konzert.*",
        r"(mtv )?unplugged.*|.* sessions?|sessions?( .*)?",
        r"ライ[ヴブ].*|라이브.*|[现現]场.*|live版",
    ),
    "remix": (
        r".*\b(remix(es|ed)?|rmx|bootleg|mashup|flip|nightcore)\b.*",
        r".*\b(dub|club|dance|house|extended|vip|12( inch)?) (mix|version|edit)\b.*|extended|dub",
        r".*(リミックス|리믹스).*",
    ),
    "speed": (r".*\b(sped up|speed up|slowed|reverb|chopped|8d( audio)?)\b.*",),
    "acoustic": (
        r".*\b(acoustic|acustic[ao]|acoustique|akustik|stripped|piano version|a ?cappella)\b.*",
        r".*(アコースティック|어쿠스틱).*",
    ),
    "demo": (r".*\b(demo|rehearsal|early take|take \d+|outtake|alternat(e|ive)|work tape|rough mix)\b.*",),
    "instrumental": (
        r".*\b(instrumentale?|karaoke|backing track|off vocal|minus one|inst)\b.*",
        r".*(オフボーカル|カラオケ|반주|伴奏).*",
    ),
    "rerecorded": (r".*\btaylors version\b.*|.*\b(re ?recorded|re ?recording|new recording)\b.*",),
    "language": (
        r".*\b(spanish|english|french|german|italian|portuguese|japanese|korean|chinese) (version|ver)\b.*",
        r"(en|in) (espanol|ingles|english|francais|italiano)|version (espanola|francaise|inglesa)|spanglish.*",
    ),
    "cover": (r".*\b(cover|tribute|in the style of|(originally performed|made famous) by)\b.*",),
    "section": (r"(the )?(reprise|interlude|skit|prelude|outro|intro|coda|finale)",),
    "arrangement": (r".*\b(orchestral|orchestra|symphonic|string quartet|lullaby|8 bit|music box)\b.*",),
}

# Extras that say nothing about the sung words and their times.
_HARMLESS = (
    r".*\b(digital(ly)? )?re ?master(ed|s|izad[ao]|ise|isee?|isierte?|izzat[ao])?\b.*|.*(リマスター|리마스터).*",
    r"(\d{4} |original |new |full )?(stereo|mono)?( ?(mix|version))?( \d{4})?",
    r"(original |the )?(radio|single|album|lp|ep|video|clean|explicit|main|standard|short|long|full|edit|original)"
    r"( (radio|edit|version|mix|cut|track))*( \d{4})?|edited",
    r"version (album|single|radio|originale?|larga|corta)",
    r"(.* )?(deluxe|expanded|special|anniversary|collectors?|platinum|legacy)( (edition|version|reissue))?( .*)?",
    r"bonus( track)?( version)?|(pista|faixa|titre|brano) (adicional|bonus)",
    r"(official )?(music |lyrics? )?(video|audio|visualizer)( .*)?|official( .*)?|lyrics?|hd|hq|4k",
    r"(prod|produced)( by)?( .*)?",
    r"(.*\btheme )?(from|de|du film|aus|dal film|da) .*|.*\b(soundtrack|motion picture|ost)\b.*",
)

# Whatever else calls itself a version is one of its own.
_OTHER_VERSION = re.compile(r".*\b(version|ver|mix|edit|take)\b.*")
_TAKE_PATTERNS = {take: re.compile("|".join(patterns)) for take, patterns in _TAKES.items()}
_HARMLESS_PATTERN = re.compile("|".join(_HARMLESS))
# Words of an extra that name no particular take: "Live at Wembley" is particular, "Live Version" is not.
_GENERAL = frozenset(
    """a acoustic acoustique acustica acustico ao at club concert cover dal dance demo directo edit en extended
    feat from in inch instrumental karaoke live mix mtv on original radio remaster remastered remix rmx session
    sessions the unplugged ver version vivo with 12""".split()  # noqa: SIM905 - reads better than a list
)
_LIVE_ALBUM = re.compile(
    r"live|.*\blive (at|in|from|on) \w.*|.* live( .{0,3}\d{4})?"
    r"|.*\b(unplugged|en vivo|ao vivo|in concert|en concert)\b.*"
)
_COVER_ALBUM = re.compile(r".*\b(karaoke|tribute|lullab(y|ies)|made famous by|in the style of)\b.*")

_LONGEST_TITLE = 300  # characters; what a stranger calls a song must not keep the matcher busy
_OPEN, _CLOSE = r"[(\[{（［【〔「『〈《]", r"[)\]}）］】〕」』〉》]"
_BRACKETS = re.compile(rf"{_OPEN}([^()\[\]{{}}（）［］【】〔〕「」『』〈〉《》]*){_CLOSE}")
_DASH = re.compile(r"\s+[-–—―~〜]\s+")
_GUEST = re.compile(r"^(?:feat|ft|featuring|with|con|avec|mit|duet with|duetto con)\.?\s+(.+)$", re.IGNORECASE)
_PIECES = re.compile(r"\s*(?:;|(?<!\d)/|/(?!\d))\s*")  # a date has slashes too
_TRAILING_PART = re.compile(
    r"[\s,:]+(?:pt|part|parte|partie|teil|vol|no)\b\.?\s*(?:\d+|[ivx]+)\b.*$", re.IGNORECASE
)
_HONORIFIC = re.compile(r"^(?:the|ms|mr|mrs|dr) ")
_TRAILING_GUEST = re.compile(r"\s+(?:(?:feat|ft)\.?|featuring)\s+(.*)$", re.IGNORECASE)
_ARTIST_BREAK = re.compile(
    r"\s*[,;/、，＆&+×・|]\s*|\s+(?:feat\.?|ft\.?|featuring|with|vs\.?|and|und|et|y|e|x|con|avec|presents)\s+",
    re.IGNORECASE,
)
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "$": "s", "&": " and "}
)
_INITIALS = re.compile(r"\b[a-z](?: [a-z]\b)+")
# Spellings of one word, as singers and typists have it.
_WORDS = {"n": "and", "o": "of", "u": "you", "ur": "your", "cause": "because", "cuz": "because", "pt": "part"}
_ROMAN = {"ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7", "viii": "8"}


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
    plain = unicodedata.normalize("NFKC", title[:_LONGEST_TITLE])
    for extra in _extras(plain):
        folded = fold(extra)
        guest = _GUEST.match(extra.strip())
        if guest is not None:
            guests.update(artist_names(guest[1]))
            plain = _without(plain, extra)
            continue
        take = _take(folded)
        if take:
            takes[take] = takes.get(take, frozenset()) | (frozenset(folded.split()) - _GENERAL)
        elif take is None:
            if fold(title).isascii() != folded.isascii() or not folded.isascii():
                aliases.add(folded)  # the name in another script
            continue
        plain = _without(plain, extra)
    guest = _TRAILING_GUEST.search(plain)
    if guest is not None:
        guests.update(artist_names(guest[1]))
        plain = plain[: guest.start()]
    without_brackets = fold(_BRACKETS.sub(" ", plain))
    name = fold(plain) or fold(title)
    if without_brackets and not plain.lstrip().startswith(("(", "[")):
        aliases.add(without_brackets)
    core = _TRAILING_PART.sub("", _BRACKETS.sub(" ", plain)).strip() or plain
    if plain.lstrip().startswith(("(", "[")):
        core = plain
    return Title(name, frozenset(aliases - {name, ""}), takes, frozenset(guests), plain or title, core or title)


@functools.lru_cache(maxsize=1024)
def album_takes(album: str) -> frozenset[str]:
    """Return what an album's name says of all its recordings: what stands on a live album is live."""
    folded = fold(album)
    takes = set(understand(album).takes) & {"live", "acoustic", "instrumental", "speed", "arrangement", "cover"}
    if _LIVE_ALBUM.fullmatch(folded):
        takes.add("live")
    if _COVER_ALBUM.fullmatch(folded):
        takes.add("cover")
    return frozenset(takes)


def numbers(folded: str) -> tuple[str, ...]:
    """Return the numbers in folded text: they tell parts of a name apart."""
    return tuple(word for word in (_ROMAN.get(word, word) for word in folded.split()) if word.isdigit())


def guests_of(artist: str) -> frozenset[str]:
    """Return the folded names that an artist field calls guests."""
    guest = _TRAILING_GUEST.search(artist)
    return frozenset(artist_names(guest[1])) if guest is not None else frozenset()


@functools.lru_cache(maxsize=1024)
def artist_names(text: str) -> tuple[str, ...]:
    """Return the folded names that an artist field may stand for: the whole, and each part of it."""
    texts = [text, _BRACKETS.sub(" ", text), *_BRACKETS.findall(text)]
    texts += [part for whole in texts[1:] for part in _ARTIST_BREAK.split(whole)]
    names = [fold(part) for part in texts]
    names += [_HONORIFIC.sub("", name) for name in names]
    return tuple(dict.fromkeys(name for name in names if name))


def shortest_name(artist: str) -> str:
    """Return the words of an artist's name that every spelling has."""
    return _HONORIFIC.sub("", fold(_BRACKETS.sub(" ", artist)) or fold(artist))


def loose_words(title: Title) -> str:
    """Return the few words of a title that are spelled the same everywhere; the name in another script, if any."""
    other_script = [alias for alias in title.aliases if not alias.isascii()]
    if other_script and title.name.split(" ", 1)[0].isascii():
        return other_script[0]
    words = fold(title.core).split()
    steady = [word for word in words if word not in _WORDS and not re.search(r"ing?$|^(?:the|and|of|an?)$", word)]
    return " ".join(sorted(steady or words, key=len, reverse=True)[:3])


def _extras(title: str) -> Iterator[str]:
    """Yield what stands in brackets, unless the title begins with it, and behind a dash, piece by piece."""
    for match in _BRACKETS.finditer(title):
        if title[: match.start()].strip():
            yield match[1]
    head, *tail = _DASH.split(_BRACKETS.sub(" ", title), maxsplit=1)
    if tail and head.strip():
        # Only the first dash divides: "Live at the Nokia Theatre - December 2007" is one extra.
        yield from (piece for piece in _PIECES.split(tail[0]) if piece.strip())


def _take(extra: str) -> str | None:
    """Return the take that a folded extra names, "" when it is harmless, None when it is part of the name."""
    for take, pattern in _TAKE_PATTERNS.items():
        if pattern.fullmatch(extra):
            return take
    if not extra or _HARMLESS_PATTERN.fullmatch(extra):
        return ""
    return "version" if _OTHER_VERSION.fullmatch(extra) else None


def _without(text: str, extra: str) -> str:
    """Remove the last place where an extra stands, with its brackets, dash or slash."""
    before, _, after = text.rpartition(extra)
    before = re.sub(rf"(?:\s*{_OPEN}|\s[-–—―~〜/;]|[/;])\s*$", "", before.rstrip() if after.strip() else before)
    after = re.sub(rf"^\s*(?:{_CLOSE}|[/;])", "", after)
    return " ".join(f"{before} {after}".split())
