"""The prompt templates a user can choose from."""

from typing import NamedTuple


class Theme(NamedTuple):
    """A named template with the placeholders `{lyrics}`, `{song}` and `{artist}`."""

    name: str
    template: str


CUSTOM = "custom"
"""The theme whose template is the user's own text."""

SONG_ARTIST = "song_artist"
"""The theme that needs no lyrics."""

THEMES = {
    "dreamy_abstract": Theme("Dreamy / abstract", "{lyrics}, dreamlike, {song} by {artist}, soft lighting"),
    "lyrics_style": Theme("Lyrics + style", "{lyrics}, inspired by {song} and {artist}, vivid"),
    "music_video": Theme("Music video still", 'Music video frame: {lyrics}, "{song}" by {artist}, cinematic'),
    "minimal": Theme("Minimal", "{lyrics}"),
    SONG_ARTIST: Theme("Song + artist", "{song} by {artist}, vivid, cinematic"),
    CUSTOM: Theme("Custom", ""),
}
"""Theme key, as it stands in the dropdown and in `SPOTIFY_TEMPLATE_THEME`, to theme."""
