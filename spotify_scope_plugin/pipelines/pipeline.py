"""The preprocessor: frames pass, and now and then a prompt goes with them."""

import time
from collections.abc import Sequence
from typing import Any

import torch
from scope.core.pipelines.interface import Pipeline, Requirements

from ..background import log
from ..now_playing import shared_session
from ..sending.prompter import Prompter
from .frames import pass_through
from .host import takes_uint8
from .schema import SpotifyPromptsConfig

_SEQUENCES = (list, tuple)


class SpotifyPromptsPipeline(Pipeline):
    """Makes the song that plays on Spotify the prompt of the pipeline behind it."""

    @classmethod
    def get_config_class(cls) -> type[SpotifyPromptsConfig]:
        """Return the schema."""
        return SpotifyPromptsConfig

    def __init__(self, **kwargs: Any) -> None:
        """Take the schema's defaults and load parameters by name, as the host gives them; others are ignored."""
        self._prompter = Prompter(shared_session(), kwargs)
        self._as_uint8 = takes_uint8()
        self._failed = False

    def prepare(self, **_: Any) -> Requirements:
        """Ask for one frame a call: it then passes without being copied."""
        return Requirements(input_size=1)

    def __call__(self, **kwargs: Any) -> dict[str, Any]:
        """Pass the frames, with an update of the prompt when it is due. Does no I/O and never raises.

        Args:
            **kwargs: `video`, a list of N tensors `(1, H, W, C)`, uint8 in [0, 255]; `video_timestamps`, a
                list of the same length; the options the user has set; and whatever else the host passes.

        Returns:
            `video`: `(N, H, W, C)` on the same device, uint8 in [0, 255] or, for a host before 0.1.8, float32
            in [0, 1]; `video_timestamps` as received; with an update also `prompts`, and `transition` or
            `reset_cache`. Without frames, nothing.
        """
        frames = kwargs.get("video")
        if not isinstance(frames, _SEQUENCES) or not frames:
            # The host forwards no update that comes without video.
            return {}
        update = self._prompter.next_update(kwargs)
        started = time.perf_counter()
        video = self._passed(frames)
        self._prompter.count(len(frames), passthrough=time.perf_counter() - started)
        if video is None:
            return {}
        output: dict[str, Any] = {**update, "video": video}
        timestamps = kwargs.get("video_timestamps")
        if timestamps is not None:
            output["video_timestamps"] = timestamps if len(video) == len(frames) else timestamps[-len(video) :]
        return output

    def _passed(self, frames: Sequence[Any]) -> torch.Tensor | None:
        try:
            return pass_through(frames, as_uint8=self._as_uint8)
        except Exception as error:
            # Frames that do not fit together, or no memory to join them: the newest alone keeps the video alive.
            if not self._failed:
                self._failed = True
                log.warning("Spotify preprocessor: frames cannot be joined (%r); passing the newest alone.", error)
        try:
            return pass_through(frames[-1:], as_uint8=self._as_uint8)
        except Exception:
            return None
