"""Records as people upload them to LRCLIB, and songs as Spotify writes them, with the record that is right.

Spelling patterns and traps are those of the real world; the words sung are invented. A record: key, title, artist,
album, length in seconds, and what it holds (synced, plain, instrumental). A query: title, artists separated by
"; ", album, length, and the key of the right record, or "-" for none.
"""

from dataclasses import dataclass
from pathlib import Path

from spotify_scope_plugin.lyrics.lrclib import Lrclib
from spotify_scope_plugin.lyrics.model import LyricsKind, Song

from .lrclib import Record
from .music_service import MusicService

_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Query:
    """A song as Spotify writes it, and the key of the right record; None where there is none."""

    song: Song
    expected: str | None


def records() -> list[Record]:
    """Return the table as LRCLIB holds it."""
    return [_record(number, row) for number, row in enumerate(_rows("song_table_records.txt"), start=1)]


def queries() -> list[Query]:
    """Return the songs to look for."""
    return [
        Query(
            Song(title, tuple(artists.split("; ")), album, float(duration)),
            None if key == "-" else key,
        )
        for title, artists, album, duration, key in _rows("song_table_queries.txt")
    ]


def outcome(service: MusicService) -> tuple[list[Query], list[Query], list[Query]]:
    """Look all songs up on a service that holds the records; returns those found, missed and wrong."""
    client = Lrclib(service.url)
    found, missed, wrong = [], [], []
    for query in queries():
        finding = client.find(query.song, lambda: True)
        if query.expected is None:
            if finding.kind is not LyricsKind.NOT_FOUND:
                wrong.append(query)
        elif finding.kind is LyricsKind.NOT_FOUND:
            missed.append(query)
        else:
            is_right = finding.source == f"LRCLIB record {_number_of(query.expected)}"
            (found if is_right else wrong).append(query)
    return found, missed, wrong


def _rows(file: str) -> list[list[str]]:
    rows = (_FOLDER / file).read_text(encoding="utf-8").splitlines()
    return [[cell.strip() for cell in row.split(" | ")] for row in rows]


def _record(number: int, row: list[str]) -> Record:
    key, title, artist, album, duration, holds = row
    length = float(duration)
    synced = f"[00:05.00]words of {key}\n[{int(length) // 60:02d}:{int(length) % 60:02d}.00]last words"
    return {
        "id": number,
        "trackName": title,
        "artistName": artist,
        "albumName": album,
        "duration": length,
        "instrumental": holds == "instrumental",
        "plainLyrics": f"words of {key} without times" if holds == "plain" else None,
        "syncedLyrics": synced if holds == "synced" else None,
    }


def _number_of(key: str) -> int:
    return [row[0] for row in _rows("song_table_records.txt")].index(key) + 1
