"""An LRCLIB that matches as the real one is documented to: exact by signature, full text by words."""

import random
import unicodedata
from typing import Any

Record = dict[str, Any]
MOST_ROWS = 20


def simplified(text: str) -> str:
    """Lower case, without diacritics, apostrophes and punctuation, white space collapsed."""
    decomposed = unicodedata.normalize("NFD", text.lower().replace("'", "").replace("’", ""))
    kept = (character for character in decomposed if unicodedata.category(character) != "Mn")
    return " ".join("".join(c if unicodedata.category(c)[0] in "LNM" else " " for c in kept).split())


def get(records: list[Record], query: dict[str, str]) -> tuple[int, Any]:
    """`GET /api/get`: every given field equal, the duration within two seconds."""
    duration = float(query["duration"]) if "duration" in query else None
    if duration is not None and not 1 <= duration <= 3600:
        return 400, {"code": 400, "name": "ValidationError", "message": "duration must be between 1 and 3600"}
    for record in records:
        named = {"track_name": "trackName", "artist_name": "artistName", "album_name": "albumName"}
        if any(
            simplified(query[given]) != simplified(record[field])
            for given, field in named.items()
            if given in query
        ):
            continue
        if duration is None or abs(record["duration"] - duration) <= 2:
            return 200, record
    return 404, {"code": 404, "name": "TrackNotFound", "message": "Failed to find specified track"}


def search(records: list[Record], query: dict[str, str]) -> tuple[int, Any]:
    """`GET /api/search`: rows that hold all words, at most twenty, in no useful order."""
    fields = {"track_name": "trackName", "artist_name": "artistName", "album_name": "albumName"}
    rows = [
        record
        for record in records
        if _holds(" ".join(record[field] for field in fields.values()), query.get("q", ""))
        and all(_holds(record[field], query.get(given, "")) for given, field in fields.items())
    ]
    random.Random(str(query)).shuffle(rows)
    return 200, rows[:MOST_ROWS]


def _holds(text: str, words: str) -> bool:
    return set(simplified(words).split()) <= set(simplified(text).split())
