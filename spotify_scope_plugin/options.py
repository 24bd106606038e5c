"""The options a user can change while the video runs: one table for Scope's UI and the environment.

`Options` is what the composer and the update rules read. Each field's metadata holds its label and tooltip in
Scope's UI and the values it accepts; its environment variable is `SPOTIFY_` plus the field's name.
"""

import math
import reprlib
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields, replace
from typing import Any

from .prompts.themes import THEMES

LONGEST_TEXT = 2_000
"""Characters of an option's text that count."""

_LONGEST_SHOWN = 60


class _Shown(reprlib.Repr):
    """Shows a value in a few words, whatever it is."""

    def __init__(self) -> None:
        super().__init__()
        self.maxstring = self.maxother = _LONGEST_SHOWN

    def repr1(self, value: Any, level: int) -> str:
        if isinstance(value, dict | set | frozenset):  # would be sorted first, whatever they hold
            return f"a {type(value).__name__} of {len(value)}"
        return super().repr1(value, level)

    def repr_bytes(self, value: bytes, _: int) -> str:
        return repr(value[:_LONGEST_SHOWN])


_shown = _Shown()


class OptionError(ValueError):
    """A value that an option does not accept; the message says what is wrong and what is accepted."""


def _option(
    default: Any,
    label: str,
    tooltip: str,
    *,
    choices: tuple[str, ...] | None = None,
    bounds: tuple[float, float] | None = None,
) -> Any:
    return field(
        default=default,
        metadata={"label": label, "tooltip": tooltip, "choices": choices, "bounds": bounds},
    )


@dataclass(frozen=True)
class Options:
    """Everything a user can set in Scope's UI, in the order in which it is shown there."""

    template_theme: str = _option(
        "dreamy_abstract",
        "Template theme",
        "How the prompt is built from the lyrics, the song and the artist.",
        choices=tuple(THEMES),
    )
    custom_template: str = _option(
        "{lyrics}, {song} by {artist}",
        "Custom template",
        "Your own prompt for the theme 'custom'. Placeholders: {lyrics}, {song}, {artist}.",
    )
    lyrics_keywords_only: bool = _option(
        False,
        "Lyrics as keywords only",
        "Keep only the telling words of each line, for stronger visual cues.",
    )
    lyrics_rotating_style: bool = _option(
        True,
        "Rotating style word",
        "Append a style word (cinematic, dreamy, noir, ...) to the lyrics; it moves on with each line.",
    )
    lyrics_style_rotation_seconds: float = _option(
        0.0,
        "Style rotation interval (sec)",
        "0: the style word changes with each line. Above 0: it changes every so many seconds of the song.",
        bounds=(0.0, 30.0),
    )
    lyrics_preview_seconds: float = _option(
        0.0,
        "Preview next line (sec)",
        "Show each line this long before it is sung, so that the image has changed when it comes.",
        bounds=(0.0, 10.0),
    )
    lyrics_offset_seconds: float = _option(
        0.0,
        "Lyrics offset (sec)",
        "Corrects lyrics that are out of time. Above 0: lines come earlier. Below 0: later.",
        bounds=(-5.0, 5.0),
    )
    lyrics_estimate_timing: bool = _option(
        False,
        "Estimate timing",
        "For songs whose lyrics have no times: spread the lines over the song. Off: such lyrics are not used.",
    )
    prompt_transition_chunks: int = _option(
        4,
        "Prompt transition (chunks)",
        "Over how many chunks of video the image blends from one prompt to the next; 0 = at once.",
        bounds=(0, 16),
    )
    transition_method: str = _option(
        "linear",
        "Transition method",
        "How prompts are blended in a transition.",
        choices=("linear", "slerp"),
    )
    hard_cut_on_track_change: bool = _option(
        False,
        "Hard cut on track change",
        "Start the image afresh when the next song begins, instead of blending into it.",
    )
    skip_explicit_tracks: bool = _option(
        False,
        "Skip explicit tracks",
        "For tracks that Spotify marks as explicit, use song and artist instead of the lyrics.",
    )
    fallback_prompt: str = _option(
        "Abstract flowing colors and shapes",
        "Fallback prompt",
        "The prompt while nothing plays, playback is paused, or Spotify cannot be asked.",
    )
    send_prompts: bool = _option(
        True,
        "Send prompts",
        "Off: the video passes and your own prompt stays.",
    )
    look_now: bool = _option(
        False,
        "Look now",
        "Switch it, either way, to ask the player at once what plays: for the impatient moment after a skip.",
    )


FIELDS: dict[str, Field[Any]] = {option.name: option for option in fields(Options)}
"""Option name to dataclass field, in UI order."""


def parse_option(name: str, value: Any) -> Any:
    """Return `value` as the type of option `name`; text as found in the environment is understood too.

    Raises:
        OptionError: the value has the wrong type or lies out of range.
    """
    option = FIELDS[name]
    default, bounds, choices = option.default, option.metadata["bounds"], option.metadata["choices"]
    if isinstance(default, bool):
        return parse_bool(value)
    if bounds is not None:
        number = parse_number(value, *bounds)
        return round(number) if isinstance(default, int) else number
    if not isinstance(value, str):
        raise OptionError(f"must be text, not {_shown.repr(value)}")
    text = value[:LONGEST_TEXT]
    return text if choices is None else _choice(text, choices)


def _choice(value: str, choices: tuple[str, ...]) -> str:
    """Understand a choice in any case, and a theme by its name too."""
    names = {choice.casefold(): choice for choice in choices}
    names.update({theme.name.casefold(): key for key, theme in THEMES.items() if key in choices})
    chosen = names.get(value.strip().casefold())
    if chosen is None:
        raise OptionError(f"must be one of {', '.join(choices)}, not {_shown.repr(value)}")
    return chosen


def parse_bool(value: Any) -> bool:
    """Understand a truth value: true/false, 1/0, yes/no, on/off in any case, or a bool.

    Raises:
        OptionError: the value is none of these.
    """
    if isinstance(value, bool):
        return value
    text = str(value)[:LONGEST_TEXT].strip().casefold() if isinstance(value, str | int) else ""
    if text in {"true", "1", "yes", "on"}:
        return True
    if text in {"false", "0", "no", "off"}:
        return False
    raise OptionError(f"must be true or false, not {_shown.repr(value)}")


def parse_number(value: Any, low: float, high: float) -> float:
    """Understand a number from `low` to `high`, given as a number or as text.

    Raises:
        OptionError: the value is no number, or out of range.
    """
    try:
        plain = value[:LONGEST_TEXT] if isinstance(value, str | bytes) else value
        number = math.nan if isinstance(value, bool) else float(plain)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not low <= number <= high:
        raise OptionError(f"must be a number from {low:g} to {high:g}, not {_shown.repr(value)}")
    return number


def parse_options(base: Options, values: Mapping[str, Any]) -> tuple[Options, dict[str, str]]:
    """Apply the entries of `values` that name an option; a bad one leaves `base`'s value standing.

    Other keys are ignored: Scope passes a pipeline everything that the session was started with.

    Returns:
        The options, and for each rejected one (by name) a sentence for the user.
    """
    changes: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for name, option in FIELDS.items():
        if values.get(name) is None:
            continue
        try:
            changes[name] = parse_option(name, values[name])
        except Exception as error:
            # Scope hands over whatever it was sent; a value may even fail to say what it is.
            reason = error if isinstance(error, OptionError) else "cannot be understood"
            problems[name] = f"{option.metadata['label']} {reason}; using {_shown.repr(getattr(base, name))}."
    return replace(base, **changes), problems
