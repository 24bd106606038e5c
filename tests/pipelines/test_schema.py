"""The schema, as the UI reads it."""

from collections.abc import Callable
from typing import Any

import pytest

from spotify_scope_plugin.options import FIELDS

from ..support import scope_host


@pytest.fixture
def schema(load_plugin: Callable[[], Any]) -> Any:
    return load_plugin().get_config_class()


def test_its_identity(schema: Any) -> None:
    assert (schema.pipeline_id, schema.pipeline_name) == ("spotify-prompts", "Spotify Prompt Generator")
    assert [usage.value for usage in schema.usage] == ["preprocessor"]
    assert list(schema.modes) == ["video"]


def test_the_controls_stand_in_order_with_label_and_tooltip(schema: Any) -> None:
    properties = schema.model_json_schema()["properties"]
    shown = {name: field for name, field in properties.items() if "ui" in field}
    assert sorted(shown, key=lambda name: shown[name]["ui"]["order"]) == list(FIELDS)
    assert [field["ui"]["label"] for field in shown.values()] == [
        "Template theme",
        "Custom template",
        "Lyrics as keywords only",
        "Rotating style word",
        "Style rotation interval (sec)",
        "Preview next line (sec)",
        "Lyrics offset (sec)",
        "Estimate timing",
        "Prompt transition (chunks)",
        "Transition method",
        "Hard cut on track change",
        "Skip explicit tracks",
        "Fallback prompt",
        "Send prompts",
        "Look now",
    ]
    assert all(field["description"] for field in shown.values())
    assert not any(field["ui"]["is_load_param"] for field in shown.values())


def test_every_number_has_both_bounds_and_so_a_slider(schema: Any) -> None:
    properties = schema.model_json_schema()["properties"]
    numbers = [properties[name] for name in FIELDS if properties[name]["type"] in {"number", "integer"}]
    assert len(numbers) == 4
    assert all("minimum" in number and "maximum" in number for number in numbers)


@pytest.mark.parametrize("name", ["template_theme", "transition_method"])
def test_dropdowns_offer_what_the_option_accepts(schema: Any, name: str) -> None:
    assert tuple(schema.model_json_schema()["properties"][name]["enum"]) == FIELDS[name].metadata["choices"]


def test_the_environment_sets_the_defaults(
    load_plugin: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPOTIFY_TEMPLATE_THEME", "minimal")
    monkeypatch.setenv("SPOTIFY_LYRICS_PREVIEW_SECONDS", "2.5")
    monkeypatch.setenv("SPOTIFY_SEND_PROMPTS", "false")
    defaults = load_plugin().get_config_class()()
    assert (defaults.template_theme, defaults.lyrics_preview_seconds, defaults.send_prompts) == (
        "minimal",
        2.5,
        False,
    )


def test_the_host_can_build_it_with_its_defaults_and_load_parameters(
    load_plugin: Callable[[], Any], environ: dict[str, str]
) -> None:
    assert scope_host.build(load_plugin(), height=320, template_theme="minimal", unheard_of=1)
