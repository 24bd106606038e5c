"""What Scope knows of the preprocessor: its identity and the controls in the UI."""

from typing import Any, Literal

from pydantic import Field
from scope.core.pipelines.base_schema import BasePipelineConfig, ModeDefaults, UsageType, ui_field_config

from .. import __version__, settings
from ..options import FIELDS

_NAMES = list(FIELDS)
_DEFAULTS = settings.current().options


def _control(name: str) -> Any:
    """Return the field of an option: the environment's default, and label, tooltip and bounds for the UI.

    A float gets a slider only with both bounds; without them the UI rounds it to whole numbers.
    """
    metadata = FIELDS[name].metadata
    low, high = metadata["bounds"] or (None, None)
    return Field(
        default=getattr(_DEFAULTS, name),
        ge=low,
        le=high,
        description=metadata["tooltip"],
        json_schema_extra=ui_field_config(
            order=_NAMES.index(name) + 1,
            label=metadata["label"],
            category="configuration",
            is_load_param=False,
        ),
    )


class SpotifyPromptsConfig(BasePipelineConfig):
    """Schema of the preprocessor; the options themselves are described in `spotify_scope_plugin.options`."""

    pipeline_id = "spotify-prompts"
    pipeline_name = "Spotify Prompt Generator"
    pipeline_description = (
        "Makes the prompt from the song that plays on Spotify, line by sung line. Needs video or camera input."
    )
    pipeline_version = __version__
    usage = [UsageType.PREPROCESSOR]  # noqa: RUF012 - the host's own way to write it
    modes = {"video": ModeDefaults(default=True)}  # noqa: RUF012
    supports_prompts = False

    template_theme: Literal[
        "dreamy_abstract", "lyrics_style", "music_video", "minimal", "song_artist", "custom"
    ] = _control("template_theme")
    custom_template: str = _control("custom_template")
    lyrics_keywords_only: bool = _control("lyrics_keywords_only")
    lyrics_rotating_style: bool = _control("lyrics_rotating_style")
    lyrics_style_rotation_seconds: float = _control("lyrics_style_rotation_seconds")
    lyrics_preview_seconds: float = _control("lyrics_preview_seconds")
    lyrics_offset_seconds: float = _control("lyrics_offset_seconds")
    lyrics_estimate_timing: bool = _control("lyrics_estimate_timing")
    prompt_transition_chunks: int = _control("prompt_transition_chunks")
    transition_method: Literal["linear", "slerp"] = _control("transition_method")
    hard_cut_on_track_change: bool = _control("hard_cut_on_track_change")
    skip_explicit_tracks: bool = _control("skip_explicit_tracks")
    fallback_prompt: str = _control("fallback_prompt")
    send_prompts: bool = _control("send_prompts")
    look_now: bool = _control("look_now")
