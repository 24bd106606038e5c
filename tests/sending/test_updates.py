"""When an update goes downstream."""

import math
from dataclasses import dataclass
from typing import Any

from spotify_scope_plugin.options import Options
from spotify_scope_plugin.sending.updates import PromptUpdates

OPTIONS = Options(prompt_transition_chunks=4)


@dataclass
class Sent:
    at: float
    update: dict[str, Any]

    @property
    def text(self) -> str:
        return self.update["prompts"][0]["text"]


def frames(updates: PromptUpdates, until: float, prompt: Any, since: float = 0.0, **rest: Any) -> list[Sent]:
    """Offer the prompt of each frame at 30 a second; `prompt` may be a function of the time."""
    sent = []
    for number in range(math.ceil(since * 30), math.ceil(until * 30)):
        at = number / 30
        text = prompt(at) if callable(prompt) else prompt
        arguments = {name: value(at) if callable(value) else value for name, value in rest.items()}
        update = updates.next_update(text, arguments.pop("options", OPTIONS), at, **arguments)
        if update is not None:
            sent.append(Sent(at, update))
    return sent


def test_an_unchanged_prompt_is_sent_again_every_two_seconds() -> None:
    sent = frames(PromptUpdates(), 9, "sea")
    assert [round(one.at) for one in sent] == [0, 2, 4, 6, 8]
    assert {one.text for one in sent} == {"sea"}
    assert all(set(one.update) == {"prompts"} for one in sent)


def test_a_change_is_sent_with_the_next_frame() -> None:
    sent = frames(PromptUpdates(), 2, lambda at: "sea" if at < 1 else "fire", line=lambda at: at >= 1)
    assert [(round(one.at, 2), one.text) for one in sent] == [(0, "sea"), (1, "fire")]


def test_changes_leave_half_a_second_and_the_newest_wins() -> None:
    sent = frames(PromptUpdates(), 1.2, lambda at: f"prompt {at:.2f}", line=lambda at: at)
    assert [round(one.at, 1) for one in sent] == [0, 0.5, 1.0]
    assert sent[-1].text == f"prompt {sent[-1].at:.2f}"


def test_a_long_transition_is_never_interrupted_by_a_resend() -> None:
    updates = PromptUpdates()
    options = Options(prompt_transition_chunks=16)
    frames(updates, 0.1, "sea", options=options)
    sent = frames(updates, 12, "fire", since=1, options=options)
    assert sent[1].at - sent[0].at >= 8  # 16 chunks of half a second


def test_a_resend_carries_the_transition_it_belongs_to() -> None:
    updates = PromptUpdates()
    frames(updates, 0.1, "sea")
    sent = frames(updates, 6, "fire", since=1)
    assert len(sent) >= 2
    assert all(one.update == sent[0].update for one in sent)
    assert sent[0].update["transition"]["target_prompts"] == sent[0].update["prompts"]


def test_without_chunks_there_is_no_transition() -> None:
    updates = PromptUpdates()
    options = Options(prompt_transition_chunks=0)
    frames(updates, 0.1, "sea", options=options)
    [sent] = frames(updates, 2, "fire", since=1, options=options)
    assert sent.update == {"prompts": [{"text": "fire", "weight": 1.0}]}


def test_a_style_word_gives_way_to_a_line_that_is_about_to_begin() -> None:
    line_starts = 2.2
    sent = frames(
        PromptUpdates(),
        3,
        lambda at: ("one, dreamy" if at < 2 else "one, noir") if at < line_starts else "two, noir",
        line=lambda at: "one" if at < line_starts else "two",
        next_line_in=lambda at: line_starts - at if at < line_starts else math.inf,
    )
    assert [(round(one.at, 1), one.text) for one in sent] == [(0, "one, dreamy"), (2.2, "two, noir")]


def test_a_resend_gives_way_to_a_line_too() -> None:
    sent = frames(PromptUpdates(), 2.2, "sea", next_line_in=lambda at: 2.3 - at)
    assert [one.at for one in sent] == [0]


def test_a_cut_resets_the_cache_once() -> None:
    updates = PromptUpdates()
    frames(updates, 0.1, "sea")
    sent = frames(updates, 4, "fire", since=1, cut=lambda at: at < 1.1)
    assert sent[0].update == {"prompts": [{"text": "fire", "weight": 1.0}], "reset_cache": True}
    assert [set(one.update) for one in sent[1:]] == [{"prompts"}]


def test_the_very_first_prompt_is_no_cut() -> None:
    [sent] = frames(PromptUpdates(), 1, "sea", cut=lambda at: at < 0.1)
    assert set(sent.update) == {"prompts"}


def test_a_new_session_begins_without_a_transition() -> None:
    updates = PromptUpdates()
    frames(updates, 0.1, "sea")
    updates.begin_session()
    [sent] = frames(updates, 2, "sea", since=1)
    assert set(sent.update) == {"prompts"}


def test_after_a_pause_the_prompt_is_sent_again_with_a_transition() -> None:
    updates = PromptUpdates()
    frames(updates, 0.1, "sea")
    updates.pause()
    [sent] = frames(updates, 2, "sea", since=1)
    assert set(sent.update) == {"prompts", "transition"}


def test_updates_share_nothing_that_the_host_could_change() -> None:
    updates = PromptUpdates()
    first, second = frames(updates, 3, "sea")
    first.update["prompts"] = "overwritten"
    assert second.text == "sea"


def test_a_cut_comes_even_when_the_text_stays() -> None:
    updates = PromptUpdates()
    frames(updates, 0.1, "neon")
    sent = frames(updates, 2, "neon", since=1, cut=lambda at: at < 1.01)
    assert sent[0].update == {"prompts": [{"text": "neon", "weight": 1.0}], "reset_cache": True}
