"""Titles as videos and browsers write them: taken apart where that is safe, and left alone where it is not."""

import re
import unicodedata

_LABEL = (
    r"(official|offizielles?|lyrics?|audio|visuali[sz]er|clip|video|hd|hq|4k|uhd|remastered in 4k|m/?v|"
    r"full (song|album)|with lyrics|letra|paroles|oficial|officiel)"
)
_NOISE = re.compile(
    rf"\s*[(\[{{]\s*(?:{_LABEL}|music)(?:[\s/|,-]+(?:{_LABEL}|music|version))*\s*[)\]}}]\s*", re.IGNORECASE
)
_TAIL = re.compile(
    rf"\s+[|｜]\s+.*$|\s+-\s+(?:official\s+)?(?:{_LABEL}|music video)(?:\s+video)?\s*$", re.IGNORECASE
)
_FILE = re.compile(r"\.(aac|aiff?|ape|flac|m4a|mka|mkv|mp3|mp4|oga|ogg|opus|wav|webm|wma)$", re.IGNORECASE)
_DASH = re.compile(r"\s+[-–—]\s+")
_VERSION = re.compile(
    r"\b(live|remaster(ed)?|remix|mix|acoustic|demo|mono|stereo|edit|radio|single|extended|instrumental|version|"
    r"karaoke|theme|bonus|cover|session|reprise|interlude|take)\b|^(from |\d{4}\b|[ivx]+\. )",
    re.IGNORECASE,
)
_CHANNEL = re.compile(r"(\s*-\s*topic|vevo|\s+official(\s+channel)?|\s+tv)$", re.IGNORECASE)
_BROWSERS = (
    "chrom",
    "firefox",
    "brave",
    "edge",
    "opera",
    "vivaldi",
    "safari",
    "plasma-browser",
    "librewolf",
    "zen",
)


def is_browser(player: str) -> bool:
    """Tell whether a player's name is that of a web browser."""
    return any(browser in player.casefold() for browser in _BROWSERS)


def taken_apart(title: str, artists: tuple[str, ...], *, is_video: bool) -> tuple[str, tuple[str, ...]]:
    """Return title and artists of a song whose title may be that of a video.

    `Artist - Title (Official Video)` is divided where the artist says the same as its left part, or where there is
    no artist, or the title comes from a video; `Title - Live` is not.

    Args:
        title: what the player calls it.
        artists: what the player gives as artists; of a video, the channel.
        is_video: whether it comes from a browser, and has no album, as a song of a music service would.
    """
    if not artists:
        title = _FILE.sub("", title)
    plain = _TAIL.sub("", _NOISE.sub(" ", title)).strip() if is_video or not artists else title
    channel = tuple(_CHANNEL.sub("", artist).strip() or artist for artist in artists)
    parts = _DASH.split(plain)
    left, right = parts[0].strip(), plain[len(parts[0]) :].lstrip(" -–—")
    says_the_same = any(_folded(left) == _folded(each) for each in channel)
    if len(parts) < 2 or (_VERSION.search(parts[1]) and not says_the_same):
        return plain or title, channel
    if left and right and (says_the_same or not channel or (is_video and len(parts) == 2)):
        return right, channel if says_the_same else (left,)
    return plain or title, channel


def _folded(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    return "".join(character for character in decomposed if character.isalnum())
