"""The automatic pace and its budget, over evenings that pass in seconds."""

import math
from pathlib import Path

import pytest

from spotify_scope_plugin.playback.model import NOTHING, Playback, Track
from spotify_scope_plugin.playback.pace import Sight
from spotify_scope_plugin.playback.player import Unavailable
from spotify_scope_plugin.playback.spotify.budget import Budget
from spotify_scope_plugin.playback.spotify.pace import SURE, AutoPace

from ...support.evening import Evening, Habits, percentile

TRACK = Track("1", "spotify:track:1", "Song", ("Artist",), duration=600)
DAY = 24 * 3600.0


class Time:
    def __init__(self) -> None:
        self.now = 1e9

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "requests.sqlite3"


def gaps(pace: AutoPace, *sights: Sight) -> list[float]:
    return [pace.next_at(sight) - sight.asked_at for sight in sights]


def sight(at: float = 0.0, *, uncertainty: float = 0.0, is_news: bool = False, ends_at: float = math.inf) -> Sight:
    playback = Playback(TRACK, is_playing=True)
    return Sight(playback, at, at + 0.1, ends_at, follows=True, is_news=is_news, uncertainty=uncertainty)


class TestAnEvening:
    def test_it_costs_a_tenth_and_hardly_anybody_sees_it(self, tmp_path: Path) -> None:
        outcomes = [Evening(tmp_path / str(seed), seed=seed).run() for seed in range(3)]
        assert max(outcome.requests for outcome in outcomes) <= 1500
        assert max(outcome.steady_a_minute for outcome in outcomes) <= 8
        noticed = [seconds for outcome in outcomes for seconds in outcome.noticed]
        assert len(noticed) > 60
        assert percentile(noticed, 0.5) <= 6.0  # 5 s by the clock of hundreds of evenings: see `make bench`
        assert percentile(noticed, 0.95) <= 10.0
        errors = [error for outcome in outcomes for error in outcome.position_errors]
        assert percentile(errors, 0.95) <= 0.08
        # The next song's first line is there on time, before any answer has confirmed the song.
        seams = [abs(error) for outcome in outcomes for error in outcome.seams]
        assert len(seams) > 100
        assert percentile(seams, 0.5) <= 0.1
        assert percentile(seams, 0.95) <= 0.1 + percentile(errors, 0.95)

    def test_a_crossfade_is_learned(self, tmp_path: Path) -> None:
        evening = Evening(tmp_path, hours=1, habits=Habits(seam=lambda chance: -6 + chance.uniform(-0.1, 0.1)))
        outcome = evening.run()
        first, second, *later = (abs(seam) for seam in outcome.seams)
        assert max(first, second) > 1  # nobody could know
        assert len(later) > 10
        assert percentile(later, 0.9) < 0.4

    def test_a_crossfade_that_is_switched_off_is_forgotten(self, tmp_path: Path) -> None:
        seams = iter([-6.0] * 4 + [0.0] * 100)
        evening = Evening(tmp_path, hours=0.8, habits=Habits(0, 0, 0, seam=lambda _: next(seams)))
        outcome = evening.run()
        assert [abs(seam) < 0.4 for seam in outcome.seams[2:4]] == [True] * 2
        assert [abs(seam) < 0.4 for seam in outcome.seams[-4:]] == [True] * 4

    def test_an_evening_without_an_answer_at_its_end(self, tmp_path: Path) -> None:
        evening = Evening(tmp_path, hours=1, habits=Habits(0, 0, 0))
        evening.trouble = lambda: Unavailable("down") if evening.now > 1000 + 600 else None
        evening.run()
        shown = evening.source.snapshot.playback_at(evening.now)
        assert shown.track == evening._songs[evening._index]
        assert shown.position_at(evening.now) == pytest.approx(evening._position(), abs=1.0)
        assert evening.source.snapshot.is_estimated_at(evening.now)


class TestThePace:
    def test_quick_looks_end_when_the_position_is_sure(self, path: Path) -> None:
        pace = AutoPace(Budget(path, 0))
        found = gaps(pace, sight(is_news=True, uncertainty=2 * SURE), sight(uncertainty=SURE), sight(), sight())
        assert found[0] == 1.5
        assert found[0] < found[1] < found[2] == found[3] == 10

    def test_an_unsure_position_is_not_asked_for_for_ever(self, path: Path) -> None:
        pace = AutoPace(Budget(path, 0))
        found = gaps(pace, *[sight(is_news=number == 0, uncertainty=1.0) for number in range(6)])
        assert found[:2] == [1.5, 1.5]
        assert found[4:] == [10, 10]

    @pytest.mark.parametrize("left", [3.0, 9.0, 14.0, 60.0])
    def test_the_look_after_the_end_is_one_of_its_own(self, path: Path, left: float) -> None:
        pace = AutoPace(Budget(path, 0))
        gaps(pace, sight(is_news=True), sight())
        at, looks = 0.0, 0
        while at < left + 1.0 - 1e-6:
            at = pace.next_at(sight(at, ends_at=left))
            looks += 1
        assert at == pytest.approx(left + 1.0)
        assert looks == math.ceil((left + 1.0) / 10.4)

    def test_nothing_that_plays_is_waited_for_ever_more_patiently(self, path: Path) -> None:
        pace = AutoPace(Budget(path, 0))
        at, found = 0.0, []
        while at < 1200:
            due = pace.next_at(Sight(NOTHING, at, at + 0.1, is_news=at == 0))
            found.append(due - at)
            at = due
        assert found[:4] == [3.0, 4.0, 5.0, 5.0]
        assert found[-1] == 20.0


class TestTheBudget:
    def test_it_is_shared_by_processes_and_restarts(self, path: Path) -> None:
        time = Time()
        one, other = Budget(path, 100, time), Budget(path, 100, time)
        one.count()
        other.count()
        assert other.used == 2
        assert other.left == 98

    def test_a_day_later_it_is_whole_again(self, path: Path) -> None:
        time = Time()
        budget = Budget(path, 100, time)
        for _ in range(90):
            budget.count()
        assert budget.stretch() > 50
        time.now += DAY + 1
        budget.count()
        assert budget.used == 1

    def test_a_clock_that_was_set_back_counts_nothing_twice_for_ever(self, path: Path) -> None:
        time = Time()
        budget = Budget(path, 100, time)
        time.now += 30 * DAY
        budget.count()
        time.now -= 30 * DAY
        budget.count()
        assert budget.used == 1

    def test_without_a_limit_nothing_is_stretched(self, path: Path) -> None:
        budget = Budget(path, 0)
        for _ in range(50):
            budget.count()
        assert (budget.left, budget.stretch()) == (None, 1.0)

    @pytest.mark.parametrize("limit", [200, 500])
    def test_what_is_left_lasts_for_four_hours(self, tmp_path: Path, limit: int) -> None:
        evening = Evening(tmp_path, hours=4)
        evening.budget._a_day = limit
        outcome = evening.run()
        assert outcome.requests <= limit
        last_hour = [at for at in evening.asked_at if at > evening.ends_at - 3600]
        assert last_hour

    def test_a_spent_budget_is_no_dead_end(self, path: Path) -> None:
        time = Time()
        budget = Budget(path, 10, time)
        pace = AutoPace(budget)
        for _ in range(10):
            budget.count()
        assert budget.left == 0
        assert gaps(pace, sight(is_news=True), sight(), sight())[-1] == 600
        assert pace.least_gap() == 600
        time.now += DAY
        assert budget.left == 10  # without another request

    def test_what_never_left_this_machine_is_not_counted(self, path: Path) -> None:
        budget = Budget(path, 100)
        budget.count()
        budget.count()
        budget.take_back()
        assert budget.used == 1

    def test_impatience_does_not_spend_it(self, path: Path) -> None:
        time = Time()
        budget = Budget(path, 500, time)
        pace = AutoPace(budget)
        ends_at = time.now + 4 * 3600
        while time.now < ends_at:
            budget.count()
            time.now += pace.least_gap()
        assert budget.used <= 500 + 4 * 8  # once in some minutes all the same

    def test_a_file_that_cannot_be_used_costs_the_others_and_nothing_else(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        (tmp_path / "file").write_text("in the way")
        budget = Budget(tmp_path / "file" / "requests.sqlite3", 100)
        for _ in range(3):
            budget.count()
            assert budget.locked_for() == (0.0, False)
        assert budget.used == 3
        assert len(caplog.records) == 1

    def test_a_lock_out_outlives_the_process_and_slows_the_next_day(self, path: Path) -> None:
        time = Time()
        Budget(path, 0, time).lock_out(48_925, is_quota=True)
        budget = Budget(path, 0, time)
        assert budget.locked_for() == (48_925, True)
        time.now += 48_926
        assert budget.locked_for() == (0.0, True)
        assert budget.stretch() == 2.0
        time.now += DAY
        budget.locked_for()
        assert budget.stretch() == 1.0

    def test_a_short_pause_slows_nothing(self, path: Path) -> None:
        time = Time()
        budget = Budget(path, 0, time)
        budget.lock_out(30, is_quota=False)
        assert budget.locked_for() == (30, False)
        time.now += 31
        assert budget.locked_for()[0] == 0
        assert budget.stretch() == 1.0
