"""Whether a record is the song that plays."""

from dataclasses import replace

import pytest

from spotify_scope_plugin.lyrics.matcher import choose, judge
from spotify_scope_plugin.lyrics.model import Song
from spotify_scope_plugin.lyrics.record import Record

SONG = Song("Night Song", ("Artist",), "Album", 200.0)
RECORD = Record(1, "Night Song", "Artist", "Album", 200.0, False, "", "[00:10]Words\n[03:00]End")


def fits(record: Record, song: Song = SONG) -> bool:
    return judge(song, record).fits


def test_the_same_in_everything_is_certain() -> None:
    verdict = judge(SONG, RECORD)
    assert verdict.score == 1.0
    assert verdict.is_certain


@pytest.mark.parametrize(
    ("song_title", "record_title"),
    [
        ("Night Song - Remastered 2011", "Night Song"),
        ("Night Song", "NIGHT SONG (2011 Remaster)"),
        ("Night Song (The Long Way)", "Night Song"),
        ("Night Song - Live at A", "Night Song (Live)"),
        ("Night Song - A Remix", "Night Song (A Remix)"),
        ("Somewhere Over the Rainbow", "Somewhere Over the Rainbw"),
    ],
)
def test_titles_that_mean_the_same(song_title: str, record_title: str) -> None:
    assert fits(replace(RECORD, title=record_title), replace(SONG, title=song_title))


@pytest.mark.parametrize(
    ("song_title", "record_title"),
    [
        ("Night Song", "Night Songs"),
        ("Night Song", "Night Song (Live)"),
        ("Night Song - Live", "Night Song"),
        ("Night Song - Live in Paris", "Night Song (Live in London)"),
        ("Night Song", "Night Song (Karaoke Version)"),
        ("Night Song - Kygo Remix", "Night Song (Alesso Remix)"),
        ("Night Song - Mix 2", "Night Song (Mix)"),
        ("Night Song, Pt. 1", "Night Song, Pt. 2"),
        ("Night Song", "Night Song (Part 2)"),
        ("Night Song", "Night Song (Reprise)"),
        ("Night Song", "Night Song (Sad Version)"),
        ("Night Song (Day Song)", "Night Song (Evening Song)"),
        ("Night Song (Harpsichord)", "Night Song"),
        ("Night Song", "Night Song (Unknownword)"),
        ("In Love With Her Tonight", "In Love With Him Tonight"),
        ("The Long Chapter One Ends", "The Long Chapter Two Ends"),
        ("Night Song - Live 1975", "Night Song (Live 1977)"),
        ("Night Song - Live at Wembley Stadium", "Night Song (Live at Olympic Stadium)"),
        ("Night Song - Remix", "Night Song (Kygo Remix)"),
        ("Night Song (New Version)", "Night Song"),
        ("÷", "×"),
        ("Night Song - Spanish Version", "Night Song (English Version)"),
        ("Night Song", "Night Song (feat. Somebody Else)"),
    ],
)
def test_titles_that_do_not(song_title: str, record_title: str) -> None:
    assert not fits(replace(RECORD, title=record_title), replace(SONG, title=song_title))


@pytest.mark.parametrize(
    ("artists", "record_artist", "expected"),
    [
        (("Artist", "Guest"), "Artist", True),
        (("Artist", "Guest"), "Artist feat. Guest", True),
        (("Artist", "Guest"), "Guest & Artist", True),
        (("The Artist",), "Artist", True),
        (("Earth, Wind & Fire",), "Earth Wind and Fire", True),
        (("Earth, Wind & Fire",), "Fire", False),
        (("Artist",), "Artist Tribute Band", False),
        (("Artist",), "Another", False),
        (("Artist",), "", False),
        (("Artist",), "Artist feat. Somebody", False),
        (("Artist",), "Other & Artist", False),
        (("Artist",), "Artist (Karaoke)", False),
        (("Artist",), "Vitamin String Quartet & Artist", False),
        (("Bob & The Tunes",), "Bob and the Tunes", True),
        (("Bob & The Tunes",), "Bob + The Tunes", True),
        (("米津玄師",), "Kenshi Yonezu (米津玄師)", True),
    ],
)
def test_artists(artists: tuple[str, ...], record_artist: str, expected: bool) -> None:
    assert fits(replace(RECORD, artist=record_artist), replace(SONG, artists=artists)) is expected


@pytest.mark.parametrize(
    ("duration", "album", "expected"),
    [
        (203.0, "Other", True),
        (203.5, "Other", False),
        (206.0, "Album", True),  # nothing else is off, and the lines fit
        (209.0, "Album", False),
        (150.0, "Album", False),
        (0.0, "Other", True),
    ],
)
def test_lengths(duration: float, album: str, expected: bool) -> None:
    assert fits(replace(RECORD, duration=duration, album=album)) is expected


def test_lines_that_go_on_after_the_song_do_not_fit() -> None:
    longer = replace(RECORD, duration=206.0, synced="[00:10]Words\n[03:25]Late")
    assert not fits(longer)


def test_a_live_albums_songs_are_live() -> None:
    assert not fits(replace(RECORD, album="Live in Paris"))
    assert fits(replace(RECORD, album="Live in Paris"), replace(SONG, title="Night Song - Live"))


def test_synced_words_come_first_then_plain_ones() -> None:
    plain = replace(RECORD, id=2, synced="", plain="Words")
    instrumental = replace(RECORD, id=3, synced="", instrumental=True)
    late = replace(RECORD, id=4, duration=202.0)
    verdicts = [judge(SONG, record) for record in (instrumental, plain, late)]
    chosen = choose(verdicts)
    assert chosen is not None
    assert chosen.record.id == 4
    chosen = choose(verdicts[:2])
    assert chosen is not None
    assert chosen.record.id == 2


def test_every_verdict_says_why() -> None:
    verdict = judge(SONG, replace(RECORD, title="Day Song", artist="Another", duration=100))
    assert verdict.score == 0
    assert verdict.reasons == (
        "another title: 'Day Song'",
        "another artist: 'Another'",
        "length differs by 100.0 s",
    )


def test_nothing_fits_nothing() -> None:
    assert choose([]) is None
    assert choose([judge(SONG, replace(RECORD, title="Day Song"))]) is None
