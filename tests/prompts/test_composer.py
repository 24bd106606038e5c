"""From a moment to a prompt."""

import math
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spotify_scope_plugin.lyrics.lrc import parse_lrc
from spotify_scope_plugin.lyrics.model import NOT_FOUND, LyricLine
from spotify_scope_plugin.now_playing import Moment
from spotify_scope_plugin.options import Options
from spotify_scope_plugin.playback.model import NOTHING, Playback, Track
from spotify_scope_plugin.playback.snapshot import Health
from spotify_scope_plugin.prompts.composer import LONGEST_VALUE, compose, unknown_placeholders
from spotify_scope_plugin.prompts.style_words import STYLE_WORDS, style_word
from spotify_scope_plugin.prompts.themes import THEMES

TRACK = Track("1", "spotify:track:1", "Yesterday", ("The Band", "Guest"), duration=180)
LINE = LyricLine(0, 10, 15, "Walk with me tonight")
PLAIN = Options(lyrics_rotating_style=False)


def moment(
    line: LyricLine | str | None = LINE,
    track: Track | None = TRACK,
    *,
    is_playing: bool = True,
    position: float = 12.0,
    health: Health = Health.OK,
) -> Moment:
    if isinstance(line, str):
        line = replace(LINE, text=line)
    playback = Playback(track, is_playing, position) if track else NOTHING
    return Moment(playback, position, health, "", False, NOT_FOUND, line, None, math.inf, math.inf)


def custom(template: str) -> Options:
    return replace(PLAIN, template_theme="custom", custom_template=template)


class TestThemes:
    @pytest.mark.parametrize(
        ("theme", "with_line", "in_a_gap"),
        [
            (
                "dreamy_abstract",
                "Walk with me tonight, dreamlike, Yesterday by The Band, Guest, soft lighting",
                "dreamlike, Yesterday by The Band, Guest, soft lighting",
            ),
            (
                "lyrics_style",
                "Walk with me tonight, inspired by Yesterday and The Band, Guest, vivid",
                "inspired by Yesterday and The Band, Guest, vivid",
            ),
            (
                "music_video",
                'Music video frame: Walk with me tonight, "Yesterday" by The Band, Guest, cinematic',
                'Music video frame: "Yesterday" by The Band, Guest, cinematic',
            ),
            ("minimal", "Walk with me tonight", "Yesterday by The Band, Guest"),
            (
                "song_artist",
                "Yesterday by The Band, Guest, vivid, cinematic",
                "Yesterday by The Band, Guest, vivid, cinematic",
            ),
        ],
    )
    def test_each_with_a_line_and_in_a_gap(self, theme: str, with_line: str, in_a_gap: str) -> None:
        options = replace(PLAIN, template_theme=theme)
        assert compose(moment(), options) == with_line
        assert compose(moment(None), options) == in_a_gap

    def test_there_are_six_and_dreamy_is_the_default(self) -> None:
        assert list(THEMES) == [
            "dreamy_abstract",
            "lyrics_style",
            "music_video",
            "minimal",
            "song_artist",
            "custom",
        ]
        assert Options().template_theme == "dreamy_abstract"

    @pytest.mark.parametrize(
        ("template", "with_line", "in_a_gap"),
        [
            ("a singer: {lyrics}", "a singer: Walk with me tonight", "a singer"),
            ('{song}: "{lyrics}", live', 'Yesterday: "Walk with me tonight", live', "Yesterday: live"),
            ("{lyrics} ({song})", "Walk with me tonight (Yesterday)", "(Yesterday)"),
            ("{song} ({lyrics}) on stage", "Yesterday (Walk with me tonight) on stage", "Yesterday on stage"),
            ("{song} - {lyrics}", "Yesterday - Walk with me tonight", "Yesterday"),
            ("{ Lyrics }!", "Walk with me tonight!", "Yesterday by The Band, Guest"),
            ("neon, {lyrics}, {song}", "neon, Walk with me tonight, Yesterday", "neon, Yesterday"),
            ("neon {lyrics} city", "neon Walk with me tonight city", "neon city"),
            ("no placeholder", "no placeholder", "no placeholder"),
            ("", "Yesterday by The Band, Guest", "Yesterday by The Band, Guest"),
            ("{nothing}", "Yesterday by The Band, Guest", "Yesterday by The Band, Guest"),
            ("{lyrics}, {mood}, soft", "Walk with me tonight, soft", "soft"),
            ("{song", "{song", "{song"),
            ("Video {lyrics}{song}", "Video Walk with me tonightYesterday", "Video Yesterday"),
            ("“{lyrics},” {song}", "“Walk with me tonight,” Yesterday", "Yesterday"),
            ("「{lyrics}」 {song}", "「Walk with me tonight」 Yesterday", "Yesterday"),
            ("({lyrics}:1.3), {song}", "(Walk with me tonight:1.3), Yesterday", "Yesterday"),
            ("night, {lyrics}! {song}", "night, Walk with me tonight! Yesterday", "night, Yesterday"),
            ("*{lyrics}* {song}", "*Walk with me tonight* Yesterday", "Yesterday"),
            ("a\n  b {song}", "a b Yesterday", "a b Yesterday"),
        ],
    )
    def test_custom_templates_close_up(self, template: str, with_line: str, in_a_gap: str) -> None:
        assert compose(moment(), custom(template)) == with_line
        assert compose(moment(None), custom(template)) == in_a_gap

    @pytest.mark.parametrize(
        ("template", "expected"),
        [
            ("{song} by {artist}, vivid", "Yesterday, vivid"),
            ("{song} by {artist}", "Yesterday"),
            ("inspired by {song} and {artist}, vivid", "inspired by Yesterday, vivid"),
        ],
    )
    def test_a_track_without_artist_leaves_no_by(self, template: str, expected: str) -> None:
        assert compose(moment(None, replace(TRACK, artists=())), custom(template)) == expected

    def test_titles_keep_their_own_words_and_punctuation(self) -> None:
        track = replace(TRACK, title="Stand By,", artists=("Yes",))
        assert compose(moment(None, track), custom("{song} {lyrics}")) == "Stand By,"

    def test_unknown_placeholders_are_named(self) -> None:
        assert unknown_placeholders("{lyrics} {Song} {mood} { key }") == ["mood", " key "]


class TestStrangersText:
    @pytest.mark.parametrize("title", ["{artist}", "{0.__class__}", "100% {lyrics}", "}{a", 'Say "Hi"', "C:\\n"])
    def test_braces_and_quotes_in_a_title_are_text(self, title: str) -> None:
        assert compose(moment(None, replace(TRACK, title=title)), custom("{song}")) == title

    def test_newlines_and_control_characters_become_spaces(self) -> None:
        assert (
            compose(moment("one\n\ttwo\x00three\ud800"), replace(PLAIN, template_theme="minimal"))
            == "one two three"
        )

    def test_marks_that_turn_the_direction_are_taken_out(self) -> None:
        turned = "\u202eone\u202c \u2066two\u2069 \u200ethree"
        assert compose(moment(turned), replace(PLAIN, template_theme="minimal")) == compose(
            moment("one two three"), replace(PLAIN, template_theme="minimal")
        )
        prompt = compose(moment("one"), custom("\u202e{lyrics}"))
        assert prompt is not None
        assert "\u202e" not in prompt

    def test_very_long_text_is_cut_at_a_word(self) -> None:
        prompt = compose(moment("word " * 500), replace(PLAIN, template_theme="minimal"))
        assert prompt is not None
        assert LONGEST_VALUE - 5 <= len(prompt) <= LONGEST_VALUE
        assert set(prompt.split()) == {"word"}

    @pytest.mark.parametrize("line", ["♪", "♪ ♫", "...", "-"])
    def test_a_line_of_notes_is_a_gap(self, line: str) -> None:
        assert compose(moment(line), Options(template_theme="minimal")) == "Yesterday by The Band, Guest"

    @given(st.text(), st.text(), st.text(), st.text())
    def test_anything_makes_one_line(self, template: str, title: str, artist: str, line: str) -> None:
        track = replace(TRACK, title=title, artists=(artist,))
        prompt = compose(moment(line, track), custom(template))
        assert prompt
        prompt.encode()
        assert "\n" not in prompt or "\n" in " ".join(template.split())

    @given(st.sampled_from([theme for theme in THEMES if theme != "custom"]), st.booleans())
    def test_no_theme_leaves_stray_punctuation(self, theme: str, has_line: bool) -> None:
        prompt = compose(moment(LINE if has_line else None), Options(template_theme=theme))
        assert prompt is not None
        assert not re.search(r"^\W|[,;:]\s*[,;:]|\s,|[,;:]$|\"\"|\s\s", prompt)


class TestStyleWords:
    def test_the_word_moves_on_with_each_line(self) -> None:
        options = Options(template_theme="minimal")
        prompts = [compose(moment(replace(LINE, index=index)), options) for index in range(11)]
        assert prompts[:2] == ["Walk with me tonight, cinematic", "Walk with me tonight, dreamy"]
        assert prompts[10] == prompts[0]

    def test_with_an_interval_it_moves_on_with_the_song(self) -> None:
        options = Options(template_theme="minimal", lyrics_style_rotation_seconds=3)
        prompts = [compose(moment(position=position), options) for position in (0, 2.9, 3, 6)]
        words = [str(prompt).rsplit(", ", 1)[1] for prompt in prompts]
        assert words == ["cinematic", "cinematic", "dreamy", "noir"]

    @pytest.mark.parametrize("line", ["Walk on,", "Walk on!", "Walk on ..."])
    def test_it_takes_the_place_of_a_lines_own_ending(self, line: str) -> None:
        assert compose(moment(line), Options(template_theme="minimal")) == "Walk on, cinematic"

    @pytest.mark.parametrize("position", [0.0, 1e9, 0.1])
    def test_every_moment_has_one(self, position: float) -> None:
        assert style_word(3, position, 0.5) in STYLE_WORDS


class TestStates:
    def test_before_the_first_answer_there_is_no_prompt(self) -> None:
        assert compose(moment(None, None, health=Health.STARTING), Options()) is None

    @pytest.mark.parametrize(
        "shown",
        [
            moment(None, None),
            moment(is_playing=False),
            moment(None, None, health=Health.NOT_LOGGED_IN),
        ],
        ids=["nothing", "paused", "not logged in"],
    )
    def test_the_fallback(self, shown: Moment) -> None:
        assert compose(shown, Options(fallback_prompt="a calm sea")) == "a calm sea"

    def test_a_fallback_is_one_line(self) -> None:
        assert compose(moment(None, None), Options(fallback_prompt="a calm\n sea")) == "a calm sea"

    def test_an_empty_fallback_is_the_built_in_one(self) -> None:
        assert compose(moment(None, None), Options(fallback_prompt="  ")) == "Abstract flowing colors and shapes"

    def test_an_explicit_track_uses_song_and_artist(self) -> None:
        rude = moment(track=replace(TRACK, explicit=True))
        options = Options(skip_explicit_tracks=True, template_theme="minimal")
        assert compose(rude, options) == "Yesterday by The Band, Guest, vivid, cinematic"
        assert compose(moment(), replace(options, lyrics_rotating_style=False)) == "Walk with me tonight"

    def test_keywords(self) -> None:
        options = replace(PLAIN, template_theme="minimal", lyrics_keywords_only=True)
        assert compose(moment(), options) == "Walk tonight"

    def test_lyrics_are_parsed_lines(self) -> None:
        lyrics = parse_lrc("[00:10]Walk")
        assert compose(moment(lyrics.line_at(11)), replace(PLAIN, template_theme="minimal")) == "Walk"
