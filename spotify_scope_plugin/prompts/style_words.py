"""The style word that rotates through the prompts of a song."""

import math

STYLE_WORDS = (
    "cinematic",
    "dreamy",
    "noir",
    "vivid",
    "surreal",
    "ethereal",
    "dramatic",
    "moody",
    "luminous",
    "atmospheric",
)

LEAST_INTERVAL = 0.1
"""Seconds; shorter intervals are taken for this one."""


def style_word(line_index: int, position: float, interval: float) -> str:
    """Return the style word of a moment; a pure rule, so that every process shows the same one.

    Args:
        line_index: index of the sung line within its song; used when `interval` is 0.
        position: position in the song, in seconds.
        interval: seconds of the song that each word lasts; 0 = one word per line.
    """
    step = math.floor(position / max(interval, LEAST_INTERVAL)) if interval > 0 else line_index
    return STYLE_WORDS[step % len(STYLE_WORDS)]


def style_word_holds_for(position: float, interval: float) -> float:
    """Return the seconds of the song until the word changes by itself; infinite with one word per line."""
    interval = max(interval, LEAST_INTERVAL) if interval > 0 else math.inf
    return interval - position % interval
