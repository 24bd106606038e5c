"""A song to sing along to, line by line."""

from .music_service import Song

WORDS = (
    "Early one morning, just as the sun was rising",
    "I heard a maid sing in the valley below",
    "Oh, don't deceive me",
    "Oh, never leave me",
    "How could you use a poor maiden so?",
    "Remember the vows that you made to your Mary",
    "Remember the bower where you vowed to be true",
)


def song(step: float = 0.5, count: int = 60, title: str = "Early One Morning", first: float = 0.0) -> Song:
    rows = [
        f"[{at // 60:02.0f}:{at % 60:05.2f}]{WORDS[index % len(WORDS)]} ({index})"
        for index in range(count)
        for at in [first + (index + 1) * step]
    ]
    return Song(title, "Traditional", lrc="\n".join(rows), duration=first + (count + 2) * step)


def number_of(line: str) -> int:
    """Return the number of a line of such a song: line N begins after N + 1 steps."""
    return int(line.rsplit("(", 1)[1].rstrip(")"))
