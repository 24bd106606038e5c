"""The options and what they accept."""

import math
import time
from typing import Any

import pytest

from spotify_scope_plugin.options import FIELDS, LONGEST_TEXT, OptionError, Options, parse_option, parse_options


@pytest.mark.parametrize(
    ("name", "value", "parsed"),
    [
        ("send_prompts", "off", False),
        ("send_prompts", 1, True),
        ("send_prompts", False, False),
        ("lyrics_offset_seconds", "-2.5", -2.5),
        ("lyrics_offset_seconds", 5, 5.0),
        ("prompt_transition_chunks", 7.6, 8),
        ("prompt_transition_chunks", "3", 3),
        ("template_theme", "minimal", "minimal"),
        ("template_theme", "Minimal ", "minimal"),
        ("template_theme", "Song + artist", "song_artist"),
        ("custom_template", "", ""),
    ],
)
def test_values_are_understood(name: str, value: Any, parsed: Any) -> None:
    result = parse_option(name, value)
    assert result == parsed
    assert type(result) is type(parsed)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("send_prompts", "perhaps", "true or false"),
        ("send_prompts", 2, "true or false"),
        ("send_prompts", None, "true or false"),
        ("lyrics_offset_seconds", 5.1, "from -5 to 5"),
        ("lyrics_offset_seconds", math.nan, "from -5 to 5"),
        ("lyrics_offset_seconds", True, "from -5 to 5"),
        ("lyrics_offset_seconds", [1], "from -5 to 5"),
        ("prompt_transition_chunks", 17, "from 0 to 16"),
        ("template_theme", "neon", "one of dreamy_abstract, "),
        ("template_theme", 3, "must be text"),
        ("custom_template", ["x"], "must be text"),
        ("fallback_prompt", {"a": "x" * 500}, "must be text"),
    ],
)
def test_others_are_refused_in_one_short_sentence(name: str, value: Any, words: str) -> None:
    with pytest.raises(OptionError, match=words) as caught:
        parse_option(name, value)
    assert len(str(caught.value)) < 200


def test_a_bad_value_leaves_the_others_alone() -> None:
    options, problems = parse_options(
        Options(), {"template_theme": 5, "send_prompts": False, "lyrics_preview_seconds": None, "height": 512}
    )
    assert options == Options(send_prompts=False)
    assert list(problems) == ["template_theme"]
    assert problems["template_theme"].startswith("Template theme must be text, not 5; using 'dreamy_abstract'")


@pytest.mark.parametrize("name", FIELDS)
def test_every_option_accepts_its_own_default_and_says_what_it_does(name: str) -> None:
    field = FIELDS[name]
    assert parse_option(name, field.default) == field.default
    assert field.metadata["label"]
    assert field.metadata["tooltip"].endswith(".")


class Hostile:
    """What some program may put in the place of a value."""

    def __repr__(self) -> str:
        raise RuntimeError("cannot be printed")

    __str__ = __float__ = __repr__


@pytest.mark.parametrize(
    "value",
    [Hostile(), [Hostile()], 10**5000, "9" * 10_000_000, "x" * 10_000_000, b"x" * 10_000_000],
    ids=["object", "list", "number", "digits", "text", "bytes"],
)
def test_no_value_stops_anything(value: Any) -> None:
    started = time.perf_counter()
    options, problems = parse_options(Options(), dict.fromkeys(FIELDS, value))
    assert time.perf_counter() - started < 0.05
    assert all(len(problem) < 300 for problem in problems.values())
    assert len(options.custom_template) <= LONGEST_TEXT
    assert options.template_theme == Options().template_theme
