"""Lyrics from a folder of `.lrc` files; the demo songs come this way."""

from pathlib import Path

from .lrc import lrc_tags, parse_lrc
from .model import NOT_FOUND, Lyrics, Song

DEMO_SONGS = Path(__file__).parent / "songs"


class Songbook:
    """Finds songs by the title and artist tags of the files in a folder."""

    def __init__(self, folder: Path) -> None:
        """Use the `.lrc` files (UTF-8) in `folder`."""
        self._folder = folder

    def find(self, song: Song) -> Lyrics:
        """Return the lyrics of the file whose `[ti:]` and `[ar:]` are the song's, in any case of letters."""
        wanted = (song.title.casefold(), ", ".join(song.artists).casefold())
        for file in sorted(self._folder.glob("*.lrc")):
            text = file.read_text(encoding="utf-8")
            tags = lrc_tags(text)
            if (tags.get("ti", "").casefold(), tags.get("ar", "").casefold()) == wanted:
                return parse_lrc(text)
        return NOT_FOUND
