"""The base class of pipeline schemas, with the fields every pipeline has."""

from enum import Enum
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field


class UsageType(str, Enum):
    PREPROCESSOR = "preprocessor"
    POSTPROCESSOR = "postprocessor"


class ModeDefaults(BaseModel):
    model_config = ConfigDict(extra="forbid")
    default: bool = False


def ui_field_config(*, order=None, modes=None, is_load_param=False, label=None, category=None) -> dict[str, Any]:
    ui = {"category": category or "configuration", "is_load_param": is_load_param}
    ui.update({key: value for key, value in {"order": order, "modes": modes, "label": label}.items() if value})
    return {"ui": ui}


class BasePipelineConfig(BaseModel):
    model_config = ConfigDict(extra="forbid")

    pipeline_id: ClassVar[str] = "base"
    pipeline_name: ClassVar[str] = "Base"
    pipeline_description: ClassVar[str] = ""
    pipeline_version: ClassVar[str] = "1.0.0"
    docs_url: ClassVar[str | None] = None
    usage: ClassVar[list[UsageType]] = []
    modes: ClassVar[dict[str, ModeDefaults]] = {}
    supports_prompts: ClassVar[bool] = True

    height: int = Field(default=512, ge=1)
    width: int = Field(default=512, ge=1)
    manage_cache: bool = True
    base_seed: int = 42
    denoising_steps: list[int] | None = None
    input_size: int | None = 1
    vace_context_scale: float = 1.0
