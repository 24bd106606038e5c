"""What an examination finds, without any secret."""

import enum
from dataclasses import dataclass
from pathlib import Path


class Level(str, enum.Enum):
    """How a thing is."""

    GOOD = "good"
    DOUBTFUL = "doubtful"
    BAD = "bad"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: what it is, how it is, and what to do next (empty: nothing)."""

    topic: str
    level: Level
    text: str
    next_step: str = ""


def good(topic: str, text: str) -> Finding:
    """Return a finding of something that is as it should be."""
    return Finding(topic, Level.GOOD, text)


def doubtful(topic: str, text: str, next_step: str) -> Finding:
    """Return a finding of something that may be meant so."""
    return Finding(topic, Level.DOUBTFUL, text, next_step)


def bad(topic: str, text: str, next_step: str) -> Finding:
    """Return a finding of something that keeps the plugin from working."""
    return Finding(topic, Level.BAD, text, next_step)


def shown(path: Path) -> str:
    """Return a path without the user's name."""
    try:
        return str(Path("~") / path.relative_to(Path.home()))
    except (ValueError, RuntimeError):
        return str(path)
