"""The environment."""

import logging
from dataclasses import fields
from pathlib import Path

import pytest

from spotify_scope_plugin import settings
from spotify_scope_plugin.options import FIELDS, Options
from spotify_scope_plugin.settings import Settings, load, option_variable


def test_an_empty_environment_gives_the_defaults() -> None:
    loaded, problems = load({})
    assert problems == []
    assert loaded.options == Options()
    assert loaded.redirect_uri == "http://127.0.0.1:8888/callback"
    assert loaded.token_file == Path.home() / ".scope-spotify" / ".spotify_token_cache"
    assert loaded.headless
    assert loaded.poll_seconds is None  # automatic


@pytest.mark.parametrize(
    ("name", "value", "option", "expected"),
    [
        ("SPOTIFY_TEMPLATE_THEME", "minimal", "template_theme", "minimal"),
        ("SPOTIFY_CUSTOM_TEMPLATE", "{song}!", "custom_template", "{song}!"),
        ("SPOTIFY_FALLBACK_PROMPT", "sea", "fallback_prompt", "sea"),
        ("SPOTIFY_LYRICS_KEYWORDS_ONLY", "true", "lyrics_keywords_only", True),
        ("SPOTIFY_LYRICS_ROTATING_STYLE", "0", "lyrics_rotating_style", False),
        ("SPOTIFY_LYRICS_STYLE_ROTATION_SECONDS", "3", "lyrics_style_rotation_seconds", 3.0),
        ("SPOTIFY_LYRICS_PREVIEW_SECONDS", "2", "lyrics_preview_seconds", 2.0),
        ("SPOTIFY_LYRICS_OFFSET_SECONDS", "-1.5", "lyrics_offset_seconds", -1.5),
        ("SPOTIFY_PROMPT_TRANSITION_CHUNKS", "8", "prompt_transition_chunks", 8),
        ("SPOTIFY_SEND_PROMPTS", "no", "send_prompts", False),
    ],
)
def test_an_options_default_comes_from_its_variable(name: str, value: str, option: str, expected: object) -> None:
    assert getattr(load({name: value})[0].options, option) == expected


def test_allowed_hosts() -> None:
    loaded, problems = load({"LYRICS_APP_ALLOWED_HOSTS": "Lyrics.example.com, *.example.org"})
    assert (loaded.lyrics_app_allowed_hosts, problems) == (("lyrics.example.com", "*.example.org"), [])


def test_the_older_name_of_the_poll_interval_still_works() -> None:
    assert load({"SPOTIFY_TRACK_CACHE_SECONDS": "2"})[0].poll_seconds == 2.0
    both = {"SPOTIFY_TRACK_CACHE_SECONDS": "2", "SPOTIFY_POLL_SECONDS": "3"}
    assert load(both)[0].poll_seconds == 3.0


@pytest.mark.parametrize("value", ["", "   ", '""', "''"])
def test_a_blank_value_is_none(value: str) -> None:
    assert load({"SPOTIFY_CLIENT_ID": value, "SPOTIFY_POLL_SECONDS": value}) == (Settings(), [])


def test_quotes_around_a_value_are_dropped() -> None:
    assert load({"SPOTIFY_CLIENT_ID": ' "abc" '})[0].client_id == "abc"


@pytest.mark.parametrize("template", ['music video of "{song}"', '"{song}" by {artist}, "{lyrics}"', "rockin'"])
def test_quotes_within_a_value_stay(template: str) -> None:
    assert load({"SPOTIFY_CUSTOM_TEMPLATE": template})[0].options.custom_template == template


def test_a_user_without_a_home_has_a_folder_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_home(_: Path) -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "expanduser", no_home)
    assert load({})[0].token_file.is_absolute()
    assert "SPOTIFY_SCOPE_HOME" in load({"SPOTIFY_SCOPE_HOME": "~nobody/x"})[1][0]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SPOTIFY_TEMPLATE_THEME", "neon"),
        ("SPOTIFY_LYRICS_OFFSET_SECONDS", "late"),
        ("SPOTIFY_POLL_SECONDS", "0"),
        ("SPOTIFY_HEADLESS", "maybe"),
        ("SPOTIFY_SCOPE_SOURCE", "radio"),
        ("SPOTIFY_REDIRECT_URI", "127.0.0.1:8888"),
        ("SPOTIFY_REDIRECT_URI", "http://localhost:8888/callback"),
        ("LRCLIB_BASE_URL", "http://[::1"),
        ("DEMO_SECONDS", "forever"),
        ("LYRICS_APP", "perhaps"),
        ("LYRICS_APP_PORT", "70000"),
        ("LYRICS_APP_PORT", "80.5"),
        ("LYRICS_APP_ALLOWED_HOSTS", "https://lyrics.example.com"),
        ("LYRICS_APP_ALLOWED_HOSTS", "lyrics.example.com:80"),
    ],
)
def test_a_bad_value_is_named_once_and_replaced(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(name, value)
    settings.current.cache_clear()
    try:
        assert settings.current() == Settings()
        settings.current()
    finally:
        settings.current.cache_clear()
    [record] = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert name in record.getMessage()
    assert value in record.getMessage() or "localhost" in record.getMessage()


def test_secrets_are_not_shown() -> None:
    loaded = load({"SPOTIFY_CLIENT_SECRET": "hush", "SPOTIFY_REFRESH_TOKEN": "hush"})[0]
    assert "hush" not in repr(loaded)


def test_the_readme_names_every_variable_and_option() -> None:
    readme = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    variables = [name for field in fields(Settings) if field.metadata for name in field.metadata["names"]]
    missing = [name for name in [*variables, *map(option_variable, FIELDS)] if f"`{name}`" not in readme]
    missing += [field.metadata["label"] for field in FIELDS.values() if field.metadata["label"] not in readme]
    assert missing == []
