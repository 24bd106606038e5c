"""When a prompt goes downstream.

The host keeps updates in a queue of eight, takes one per chunk, and drops what does not fit, the user's own
changes included. So a prompt is sent when it changes, and again now and then in case that update was dropped.
"""

import math
from typing import Any

from ..options import Options

RESEND_SECONDS = 2.0
LEAST_GAP = 0.5
"""Seconds between two changes: a pipeline does not notice a prompt that changes on two chunks in a row."""

_LONGEST_CHUNK = 0.5
"""Seconds a chunk usually lasts at most, to keep re-sends out of a running transition. A slower pipeline gets one
within it, and does not mind: see `_resent`."""

Update = dict[str, Any]


class PromptUpdates:
    """Decides, frame by frame, whether an update goes to the next pipeline. Times are monotonic seconds."""

    def __init__(self) -> None:
        """Begin with nothing sent."""
        self._update: Update | None = None
        self._prompt: str | None = None
        self._line: object = None
        self._changed_at = -math.inf
        self._resend_at = math.inf
        self.rests_until = -math.inf
        """Until then, `next_update` has nothing to send for the prompt it was last asked about."""

    def begin_session(self) -> None:
        """Forget what was sent: the pipelines downstream are new, and have no prompt to blend from."""
        self._update = None
        self._prompt = None

    def pause(self) -> None:
        """Say that prompts are not sent for now: the next one is a change, whatever it is."""
        self._prompt = None

    def next_update(
        self,
        prompt: str,
        options: Options,
        now: float,
        *,
        line: object = None,
        next_line_in: float = math.inf,
        cut: bool = False,
    ) -> Update | None:
        """Return the update to send with this frame, or None.

        Args:
            prompt: the prompt of this moment.
            options: the user's options; read are those of the transition.
            now: monotonic time.
            line: what is sung now; a change that does not come from it gives way to one that soon will.
            next_line_in: seconds until the next line begins.
            cut: start the image afresh with this prompt.

        Returns:
            `prompts`, and with them `transition` or `reset_cache`, as the host's pipelines take them.
        """
        if prompt == self._prompt and not cut:
            return self._resent(now, next_line_in)
        self.rests_until = now
        if now - self._changed_at < LEAST_GAP:
            return None
        if line == self._line and next_line_in < LEAST_GAP and not cut and self._update is not None:
            return None
        is_first = self._update is None
        self._update = _update(prompt, 0 if is_first or cut else options.prompt_transition_chunks, options)
        self._prompt, self._line, self._changed_at = prompt, line, now
        self._resend_at = self.rests_until = now + self._hold()
        return {**self._update, "reset_cache": True} if cut and not is_first else dict(self._update)

    def _resent(self, now: float, next_line_in: float) -> Update | None:
        self.rests_until = self._resend_at
        if self._update is None or now < self._resend_at:
            return None
        if next_line_in < LEAST_GAP:
            # Not right before a line: the queue would make that line wait for a chunk.
            self.rests_until = now + next_line_in
            return None
        self._resend_at = self.rests_until = now + self._hold()
        # With its transition, if it has one: the host keeps a running transition in its parameters, so to a
        # pipeline that is still blending this is no news, whereas prompts alone would cancel the blend.
        return dict(self._update)

    def _hold(self) -> float:
        transition = (self._update or {}).get("transition")
        steps = transition["num_steps"] if transition else 0
        return max(RESEND_SECONDS, steps * _LONGEST_CHUNK)


def _update(prompt: str, transition_chunks: int, options: Options) -> Update:
    update: Update = {"prompts": _blend(prompt)}
    # A transition of one chunk never leaves the old prompt: the host's interpolation of one step is its start.
    # What it asks for, the new prompt with the next chunk, is what comes without a transition.
    if transition_chunks > 1:
        update["transition"] = {
            "target_prompts": _blend(prompt),
            "num_steps": transition_chunks,
            "temporal_interpolation_method": options.transition_method,
        }
    return update


def _blend(prompt: str) -> list[dict[str, Any]]:
    return [{"text": prompt, "weight": 1.0}]
