"""What an extra of a title says: that this is another recording, or nothing that matters.

An extra is what stands in brackets or behind a dash; the patterns are matched against its folded text.
"""

import re

# Extras that make another recording: take -> patterns of the folded extra.
_TAKES = {
    "live": (
        r"live( .*)?|.* live( version)?",
        r"live (at|in|from|on) .*|.* live (at|in|from) .*",
        r"(en|ao|al|dal) (vivo|directo|direct)( .*)?|na zywo|canli|концерт.*",
        r"(en|in) (concert|concierto|concerto|public)( .*)?|konzert.*",
        r"(mtv )?unplugged.*|.* sessions?|sessions?( .*)?",
        r"ライ[ヴブ].*|라이브.*|[现現]场.*|live版",
    ),
    "remix": (
        r".*\b(remix(es|ed)?|rmx|bootleg|mashup|flip|nightcore)\b.*",
        r".*\b(dub|club|dance|house|extended|vip|12( inch)?) (mix|version|edit)\b.*|extended|dub",
        r".*\b(re ?work(ed)?|refix|redux|re ?imagined|revisited|remake|vip|remezcla|drum and bass)\b.*",
        r".*(リミックス|리믹스|ремикс|混音|dj版).*",
    ),
    "speed": (r".*\b(sped up|speed up|slowed|reverb|chopped|8d( audio)?)\b.*",),
    "acoustic": (
        r".*\b(acoustic|acustic[ao]|acoustique|akustik|stripped|piano version|a ?cap+ell?a)\b.*",
        r"(.* )?(piano|strings|guitar|ukulele|choir|harp)|.*(アコースティック|어쿠스틱|钢琴|ピアノ|акустика).*",
    ),
    "demo": (r".*\b(demo|rehearsal|early take|take \d+|outtake|alternat(e|ive)|work tape|rough mix)\b.*",),
    "instrumental": (
        r".*\b(instrumentale?|karaoke|backing track|off vocal|minus one|inst)\b.*",
        r"(.* )?(vocals only|drumless|instrumentals|mr|playback|pista|commentary|voice memo|snippet)|spoken( .*)?",
        r".*(オフボーカル|カラオケ|반주|伴奏|караоке|가라오케|노래방|минус).*",
    ),
    "rerecorded": (r".*\btaylors version\b.*|.*\b(re ?recorded|re ?recording|new recording)\b.*",),
    "language": (
        r".*\b(spanish|english|french|german|italian|portuguese|japanese|korean|chinese) (version|ver)\b.*",
        r"spanish|english|french|german|italian|portuguese|japanese|korean|espanol|.*[国國粤粵日韩韓]语?版|[国國粤粵][语語]",
        r"(en|in) (espanol|ingles|english|francais|italiano)|version (espanola|francaise|inglesa)|spanglish.*",
    ),
    "cover": (
        r".*(カバー|кавер).*|.*\b(cover|tribute|in the style of|(originally performed|made famous) by)\b.*",
    ),
    "section": (r"(the )?(reprise|interlude|skit|prelude|outro|intro|coda|finale)",),
    "arrangement": (r".*\b(orchestral|orchestra|symphonic|string quartet|lullaby|8 bit|music box)\b.*",),
}

# Extras that say nothing about the sung words and their times.
_HARMLESS = (
    r"(.* )?(digital(ly)? )?(re|ri|zre) ?master\w*( .*)?|.*gemastert.*|.*(リマスター|리마스터|ремастер).*",
    r"(\d{4} |original |full )?(stereo|mono)( (mix|version))?( \d{4})?|\d{4} mix|original( (mix|version))?",
    r"(original |the )?(radio|single|album|lp|ep|video|clean|explicit|main|standard|short|long|full|edit|original)"
    r"( (radio|edit|version|mix|cut|track))*( \d{4})?|edited",
    r"version (album|single|radio|originale?|larga|corta)",
    r"(.* )?(deluxe|expanded|anniversary|collectors?|platinum|legacy)( (edition|version|reissue))?( .*)?",
    r"special edition|bonus( track)?( version)?( for .*)?|(pista|faixa|titre|brano) (adicional|bonus)",
    r"(official )?(music |lyrics? )?(video|audio|visualizer)( .*)?|official( .*)?|lyrics?|hd|hq|4k",
    r"(prod|produced)( by)?( .*)?",
    r".*\btheme from .*|(from|de|du|aus|dal|da) (the )?(.*\b)?(film|movie|vault|series|musical)\b.*",
    r".*\b(soundtrack|motion picture|ost)\b.*",
)

# Whatever else calls itself a version is one of its own.
_OTHER_VERSION = re.compile(r".*\b(version|ver|mix|edit|take)\b.*")
_TAKE_PATTERNS = {take: re.compile("|".join(patterns)) for take, patterns in _TAKES.items()}
_HARMLESS_PATTERN = re.compile("|".join(_HARMLESS))
# Words of an extra that name no particular take: "Live at Wembley" is particular, "Live Version" is not.
GENERAL_WORDS = frozenset(
    """stadium arena festival hall theatre theater garden tour city square of la le de january february march april
    may june july august september october november december dj
    a acoustic acoustique acustica acustico ao at club concert cover dal dance demo directo edit en extended
    feat from in inch instrumental karaoke live mix mtv on original radio remaster remastered remix rmx session
    sessions the unplugged ver version vivo with 12""".split()  # noqa: SIM905 - reads better than a list
)


def take_of(extra: str) -> str | None:
    """Return the take that a folded extra names, "" when it is harmless, None when it is part of the name."""
    for take, pattern in _TAKE_PATTERNS.items():
        if pattern.fullmatch(extra):
            return take
    if not extra or _HARMLESS_PATTERN.fullmatch(extra):
        return ""
    return "version" if _OTHER_VERSION.fullmatch(extra) else None
