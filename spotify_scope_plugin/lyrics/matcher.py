"""Whether a record is the song that plays. A wrong song costs more than a missing one."""

from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz import fuzz

from .model import Song
from .names import (
    Title,
    album_takes,
    artist_names,
    artist_parts,
    artist_wholes,
    fold,
    guests_of,
    is_cover_artist,
    live_detail,
    numbers,
    spelling,
    understand,
)
from .record import Record

THRESHOLD = 0.8
"""The least score of a match, of at most 1."""

_CERTAIN = 0.95
_SAME_TAKE_SECONDS = 3.0
_OTHER_MASTER_SECONDS = 8.0  # a longer fade-out, when everything else is letter for letter the same
_LEAST_FUZZY_LENGTH = 12  # shorter names differ by a letter and are other names: "Angel", "Angels"
_LEAST_FUZZY_WORD, _FUZZY = 5, 85.0


@dataclass(frozen=True)
class Verdict:
    """How well a record fits a song: a score from 0 to 1, 0 when it is out, and the reasons in words."""

    record: Record
    score: float
    reasons: tuple[str, ...]

    @property
    def fits(self) -> bool:
        """Whether the record is the song."""
        return self.score >= THRESHOLD

    @property
    def is_certain(self) -> bool:
        """Whether no other record can fit better: looking further is not worth a request."""
        return self.score >= _CERTAIN and bool(self.record.synced)

    @property
    def rank(self) -> tuple[bool, bool, bool, float]:
        """What to sort by: of records that fit, synced words come before plain ones, and both before none."""
        return self.fits, bool(self.record.synced), bool(self.record.plain), self.score


def choose(verdicts: Iterable[Verdict]) -> Verdict | None:
    """Return the best of the verdicts that fit."""
    return max((verdict for verdict in verdicts if verdict.fits), key=lambda verdict: verdict.rank, default=None)


def judge(song: Song, record: Record) -> Verdict:
    """Compare title, artist, take and length."""
    wanted, found = understand(song.title), understand(record.title)
    title, title_reason = _title_score(wanted, found)
    artist, artist_reason = _artist_score(song.artists, record.artist)
    is_letter_perfect = title == artist == 1.0 and bool(song.album) and fold(song.album) == fold(record.album)
    length, length_reason = _length_score(song, record, is_letter_perfect=is_letter_perfect)
    take, take_reason = _take_score(wanted, song.album, found, record.album)
    guest, guest_reason = _guest_score(song, wanted, record, found)
    reasons = tuple(filter(None, (title_reason, artist_reason, guest_reason, take_reason, length_reason)))
    if not (title and artist and guest and length and take):
        return Verdict(record, 0.0, reasons)
    return Verdict(record, round(guest * (0.45 * title + 0.3 * artist + 0.25 * length), 3), reasons)


def _title_score(wanted: Title, found: Title) -> tuple[float, str]:
    if wanted.name == found.name:
        return 1.0, "same title"
    names = {spelling(name) for name in (wanted.name, *wanted.aliases)}
    other_names = {spelling(name) for name in (found.name, *found.aliases)}
    if spelling(wanted.name) == spelling(found.name):
        return 0.99, "same title in another spelling"
    if numbers(wanted.name) != numbers(found.name):
        return 0.0, f"another title: {found.plain!r}"
    # One of the two has a second name; two second names alone prove nothing.
    if spelling(wanted.name) in other_names or spelling(found.name) in names:
        return 0.95, "same title without its second name"
    if _is_typo(wanted.name, found.name):
        return 0.9, "nearly the same title"
    return 0.0, f"another title: {found.plain!r}"


def _artist_score(artists: tuple[str, ...], candidate: str) -> tuple[float, str]:
    if fold(", ".join(artists)) == fold(candidate) or fold(artists[0]) == fold(candidate):
        return 1.0, "same artist"
    if is_cover_artist(candidate) and not is_cover_artist(", ".join(artists)):
        return 0.0, f"a cover: {candidate!r}"
    # The first name in a list is the artist's; those behind it only play along.
    found = {_artist_spelling(name) for name in (*artist_wholes(candidate), *artist_parts(candidate)[:1])}
    for place, artist in enumerate(artists):
        if found & {_artist_spelling(name) for name in artist_wholes(artist)}:
            return (1.0, "same artist") if place == 0 else (0.9, "a guest's name")
    if any(_is_typo(fold(artists[0]), name) for name in artist_wholes(candidate)):
        return 0.9, "nearly the same artist"
    return 0.0, f"another artist: {candidate!r}"


def _artist_spelling(folded: str) -> str:
    return spelling(" ".join(word for word in folded.split() if word != "and"))


def _guest_score(song: Song, wanted: Title, record: Record, found: Title) -> tuple[float, str]:
    """A guest sings words of their own; but a record often leaves a guest's name out."""
    known = {name for artist in song.artists for name in artist_names(artist)} | wanted.guests
    guests = found.guests | guests_of(record.artist)
    if guests and not guests & (wanted.guests or known):
        return 0.0, f"another guest: {', '.join(sorted(guests))}"
    if wanted.guests and not wanted.guests & (guests | set(artist_names(record.artist))):
        return 0.9, "without the guest's name"
    return 1.0, ""


def _take_score(wanted: Title, wanted_album: str, found: Title, found_album: str) -> tuple[float, str]:
    wanted_takes = wanted.takes.keys() | album_takes(wanted_album)
    found_takes = found.takes.keys() | album_takes(found_album)
    if "live" in wanted_takes & found_takes:  # what is played live is often called acoustic, or not
        wanted_takes, found_takes = wanted_takes - {"acoustic"}, found_takes - {"acoustic"}
    if wanted_takes != found_takes:
        return 0.0, f"another take: {_named(found_takes)} instead of {_named(wanted_takes)}"
    for take in wanted_takes & found_takes:
        ours, theirs = wanted.takes.get(take, frozenset()), found.takes.get(take, frozenset())
        if take == "live":
            ours, theirs = ours or live_detail(wanted_album), theirs or live_detail(found_album)
        if not _is_same_detail(take, ours, theirs):
            return 0.0, f"another {take} take: {' '.join(sorted(theirs)) or 'unnamed'}"
    return 1.0, f"same take: {_named(wanted_takes)}" if wanted_takes else ""


def _is_same_detail(take: str, ours: frozenset[str], theirs: frozenset[str]) -> bool:
    """Compare what says which live take, or which remix, it is."""
    our_numbers, their_numbers = (frozenset(filter(str.isdigit, words)) for words in (ours, theirs))
    our_words, their_words = ours - our_numbers, theirs - their_numbers
    if take != "live":  # "Mix 2" is not "Mix", and a remix without a name is not everybody's
        is_part = our_words <= their_words or their_words <= our_words
        return our_numbers == their_numbers and bool(our_words) == bool(their_words) and is_part
    if our_numbers and their_numbers and not our_numbers & their_numbers:
        return False
    return not our_words or not their_words or bool(our_words & their_words)


def _length_score(song: Song, record: Record, *, is_letter_perfect: bool) -> tuple[float, str]:
    if not song.duration or not record.duration:
        return 0.5, "length unknown"
    difference = abs(song.duration - record.duration)
    reason = f"length differs by {difference:.1f} s"
    if difference <= _SAME_TAKE_SECONDS:
        return 1.0 - 0.1 * difference / _SAME_TAKE_SECONDS, reason
    if is_letter_perfect and difference <= _OTHER_MASTER_SECONDS and record.last_start <= song.duration:
        return 0.5, f"{reason}, but nothing else, and the lines fit"
    return 0.0, reason


def _is_typo(one: str, other: str) -> bool:
    """Tell whether two names differ by slips of the pen: in long words, and in none that changes the sense."""
    words, other_words = one.split(), other.split()
    if len(words) != len(other_words) or min(len(one), len(other)) < _LEAST_FUZZY_LENGTH:
        return False
    pairs = [pair for pair in zip(words, other_words, strict=True) if pair[0] != pair[1]]
    return all(min(map(len, pair)) >= _LEAST_FUZZY_WORD and fuzz.ratio(*pair) >= _FUZZY for pair in pairs)


def _named(takes: Iterable[str]) -> str:
    return " ".join(sorted(takes)) or "studio"
