"""Titles of videos, taken apart or left alone."""

import pytest

from spotify_scope_plugin.playback.local.titles import is_browser, taken_apart


@pytest.mark.parametrize(
    ("title", "artists", "expected"),
    [
        # Videos in a browser: the artist is a channel, or nobody.
        ("Adele - Hello (Official Music Video)", ("AdeleVEVO",), ("Hello", ("Adele",))),
        ("Rick Astley - Never Gonna Give You Up (Official Video) (4K Remaster)", ("Rick Astley",), None),
        ("Daft Punk - Get Lucky (Official Audio) ft. Pharrell Williams", ("Daft Punk",), None),
        ("Queen – Bohemian Rhapsody (Official Video Remastered)", ("Queen Official",), None),
        ("Toto - Africa [Official HD Video]", (), ("Africa", ("Toto",))),
        (
            "Yesterday (Remastered 2009)",
            ("The Beatles - Topic",),
            ("Yesterday (Remastered 2009)", ("The Beatles",)),
        ),
        ("Sia - Chandelier | Live on SNL", ("Sia",), ("Chandelier", ("Sia",))),
        (
            "Some Channel Talks About Music",
            ("Some Channel",),
            ("Some Channel Talks About Music", ("Some Channel",)),
        ),
        ("Artist - Title - Live", ("Uploader",), ("Artist - Title - Live", ("Uploader",))),
        ("Strobe - Club Edit", ("deadmau5",), ("Strobe - Club Edit", ("deadmau5",))),
        ("Sandstorm - Original Mix", ("Darude",), ("Sandstorm - Original Mix", ("Darude",))),
        ("Symphony No. 5 - I. Allegro", ("Beethoven",), ("Symphony No. 5 - I. Allegro", ("Beethoven",))),
        ("Toto - Africa", ("Some Uploader",), ("Africa", ("Toto",))),
        ("Hurt (Official Video)", ("Johnny Cash",), ("Hurt", ("Johnny Cash",))),
    ],
)
def test_videos(title: str, artists: tuple[str, ...], expected: tuple[str, tuple[str, ...]] | None) -> None:
    found = taken_apart(title, artists, is_video=True)
    if expected is None:  # the brackets that say something about the recording may stay
        assert " - " not in found[0]
        assert "Official Video)" not in found[0]
        assert found[1][0] in {"Rick Astley", "Daft Punk", "Queen"}
    else:
        assert found == expected


@pytest.mark.parametrize(
    ("title", "artists"),
    [
        ("Hey Jude - Remastered 2015", ("The Beatles",)),
        ("Wonderwall - Live at Knebworth", ("Oasis",)),
        ("99 Luftballons", ("Nena",)),
        ("Self-Control", ("Laura Branigan",)),
        ("Official Girl", ("Cassie",)),
        ("Video Killed the Radio Star (Official Video)", ("The Buggles",)),
    ],
)
def test_songs_of_a_music_player_are_left_alone(title: str, artists: tuple[str, ...]) -> None:
    assert taken_apart(title, artists, is_video=False) == (title, artists)


def test_a_file_without_tags_is_read_by_its_name() -> None:
    assert taken_apart("Toto - Africa", (), is_video=False) == ("Africa", ("Toto",))
    assert taken_apart("01 Toto - Africa.flac", (), is_video=False) == ("Africa", ("01 Toto",))
    assert taken_apart("Untitled.wav", (), is_video=False) == ("Untitled", ())
    assert taken_apart("Live - 2009", (), is_video=False) == ("Live - 2009", ())


@pytest.mark.parametrize(
    ("player", "expected"),
    [
        ("firefox.instance_1_23", True),
        ("chromium.instance42", True),
        ("MSEdge", True),
        ("vlc", False),
        ("spotify", False),
        ("com.google.Chrome", True),
    ],
)
def test_browsers(player: str, expected: bool) -> None:
    assert is_browser(player) is expected
