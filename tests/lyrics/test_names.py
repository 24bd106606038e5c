"""Titles and artists, understood."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spotify_scope_plugin.lyrics.names import album_takes, artist_names, fold, guests_of, spelling, understand


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Song - Remastered 2011", "song"),
        ("Song - 2011 Remaster", "song"),
        ("Song [2011 Remastered Version]", "song"),
        ("Song - Remasterizado 2009", "song"),
        ("Song - Mono / Remastered", "song"),
        ("Song (feat. X)", "song"),
        ("Song ft. X & Y", "song"),
        ("Song (with X)", "song"),
        ("Song (feat. X) - Radio Edit", "song"),
        ("Song - Radio Edit", "song"),
        ("Song - Single Version", "song"),
        ("Song (Deluxe Edition)", "song"),
        ("Song - 50th Anniversary Edition", "song"),
        ("Song - Bonus Track", "song"),
        ("Song - Radio Edit (feat. X)", "song"),
        ("Song - Neu gemastert", "song"),
        ('Song - From "Film"/Soundtrack Version', "song"),
        ('Song - Love Theme from "Film"', "song"),
        ("Song (Official Video)", "song"),
        ("Ｓｏｎｇ", "song"),
        # What belongs to the name stays.
        ("(I Can't Get No) Satisfaction - Mono Version", "i cant get no satisfaction"),
        ("Live and Let Die", "live and let die"),
        ("99 Luftballons", "99 luftballons"),
        ("Live Forever - Remastered", "live forever"),
        ("Remix to Ignition", "remix to ignition"),
        ("Demo", "demo"),
        ("Stereo", "stereo"),
        ("Radio Ga Ga", "radio ga ga"),
        ("Doo Wop (That Thing)", "doo wop that thing"),
        ("Another Brick in the Wall, Pt. 2", "another brick in the wall pt 2"),
        ("With or Without You", "with or without you"),
        ("From Me to You", "from me to you"),
    ],
)
def test_what_a_title_is_called(title: str, name: str) -> None:
    assert understand(title).name == name
    assert not understand(title).takes


@pytest.mark.parametrize(
    ("title", "take"),
    [
        ("Song - Live at Wembley, 1986", "live"),
        ("Song (En Vivo)", "live"),
        ("Song - Ao Vivo", "live"),
        ("Song - En directo", "live"),
        ("Song - Live; 1999 Remaster", "live"),
        ("曲 (ライブ)", "live"),
        ("Song - Tiësto Remix", "remix"),
        ("Song [Extended Mix]", "remix"),
        ("Song (Sped Up)", "speed"),
        ("Song - Acústico", "acoustic"),
        ("Song (Demo)", "demo"),
        ("Song - Instrumental", "instrumental"),
        ("Song (Karaoke Version)", "instrumental"),
        ("Song (Taylor's Version)", "rerecorded"),
        ("Song - Spanish Version", "language"),
        ("Song (Sad Version)", "version"),
        ("Song (Reprise)", "section"),
        ("Song - Live (Remastered 2019)", "live"),
        ("Song (Piano)", "acoustic"),
        ("Song (Reimagined)", "remix"),
        ("Песня (Караоке)", "instrumental"),
        ("Song (Originally Performed by X)", "cover"),
    ],
)
def test_what_makes_it_another_recording(title: str, take: str) -> None:
    understood = understand(title)
    assert list(understood.takes) == [take]
    assert understood.name in {"song", "曲", "песня"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Beyoncé", "BEYONCE"),
        ("Sigur Rós", "sigur ros"),
        ("Don’t", "Don't"),
        ("AC/DC", "ac dc"),
        ("Ke$ha", "Kesha"),
        ("Rock & Roll", "Rock and Roll"),
        ("Ｌｅｍｏｎ", "Lemon"),
        ("Ζορμπάς", "Ζορμπας"),
        ("Катюша", "КАТЮША"),
    ],
)
def test_spellings_that_are_the_same(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("か", "が"), ("कि", "की"), ("Angel", "Angels"), ("1", "2")])
def test_spellings_that_are_not(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("rock n roll", "rock and roll"), ("runnin down", "running down"), ("part ii", "pt 2"), ("a c d c", "acdc")],
)
def test_words_with_several_spellings(one: str, other: str) -> None:
    assert spelling(one) == spelling(other)


def test_initials_hold_no_words() -> None:
    assert spelling("t n t") == "tnt"


@pytest.mark.parametrize(
    ("artist", "names"),
    [
        ("Earth, Wind & Fire", {"earth wind and fire"}),
        ("The Beatles", {"the beatles", "beatles"}),
        ("米津玄師 (Kenshi Yonezu)", {"米津玄師", "kenshi yonezu"}),
        ("A feat. B", {"a", "b"}),
        ("A; B", {"a", "b"}),
        ("A x B", {"a", "b"}),
    ],
)
def test_the_names_an_artist_field_may_stand_for(artist: str, names: set[str]) -> None:
    assert names <= set(artist_names(artist))


def test_guests() -> None:
    assert guests_of("A feat. B") == {"b"}
    assert guests_of("A & B") == set()
    assert understand("Song (feat. B & C)").guests >= {"b", "c"}


@pytest.mark.parametrize(
    ("album", "takes"),
    [
        ("Live in Paris", {"live"}),
        ("MTV Unplugged in New York", {"live"}),
        ("Na Balada (Ao Vivo)", {"live"}),
        ("Live Through This", set()),
        ("Karaoke Hits", {"cover"}),
        ("A Tribute to X", {"cover"}),
        ("Help! (Remastered)", set()),
        ("Remix Pack", set()),
    ],
)
def test_what_an_album_says_of_its_tracks(album: str, takes: set[str]) -> None:
    assert album_takes(album) == takes


@given(st.text())
def test_any_title_can_be_understood(title: str) -> None:
    understood = understand(title)
    assert understood.plain or not title.strip()
    assert fold(understood.name) in {understood.name, ""}


@pytest.mark.parametrize("title", ["Song ()", "Song []", "Song（）", "Song - ()", "()", " - ", "Song -"])
def test_empty_extras_are_none(title: str) -> None:
    assert understand(title).takes == {}


@pytest.mark.parametrize(
    "shape", ["x" + " " * 10_000 + "y", "x - " + "\n" * 10_000, "x" + " ," * 5000, "x (feat" + " " * 10_000 + ")",
              "()" * 5000, "x" + "(a)" * 3000, "x - " + "live/" * 2000, "\ufdfa" * 10_000, "(" * 10_000]
)  # fmt: skip
def test_a_hostile_title_does_not_keep_the_matcher_busy(shape: str) -> None:
    started = time.perf_counter()
    understand(shape)
    artist_names(shape)
    guests_of(shape)
    assert time.perf_counter() - started < 0.5  # unbounded, the worst of them took ten seconds
