"""A start in a folder for exercises: what was cut off goes on, and the living county is left alone."""

from pathlib import Path

import pytest
from django.utils import timezone

from pingji.config import beginning, checkpoints, clock, living
from pingji.config.places import EXERCISE_MARK, mark_for_exercises
from pingji.evaluate.exercises.models import Exercise
from pingji.evaluate.exercises.rules.scenario import load_scenario, shipped_scenarios
from pingji.ground.directory.models import User
from pingji.ground.directory.tests.factories import UserFactory
from pingji.ground.standards.models import ProfileArea
from pingji.monitor.surveillance.models import CaseReport

pytestmark = pytest.mark.django_db
TINY = Path(__file__).with_name("tiny.toml")


@pytest.fixture
def home(tmp_path, monkeypatch, settings):
    """A folder for exercises in which nothing has begun."""
    monkeypatch.setenv("PINGJI_HOME", str(tmp_path))
    monkeypatch.setattr(timezone, "now", clock.now)
    settings.EXERCISE = True
    mark_for_exercises()
    return tmp_path


def test_an_exercise_cut_off_while_it_was_made_is_made_by_its_scenario_when_it_is_opened(home):
    scenario = load_scenario(TINY, changes={"profile": "kaijiang"})
    checkpoints.keep_scenario(scenario)
    clock.set_moment(clock.by_the_wall())

    living.go_on_preparing()
    beginning.fill(profile="youyang", demo=True)
    living.keep_scenario()
    living.go_on_preparing()

    one = Exercise.objects.get()
    assert (one.profile, one.state, one.moment) == ("kaijiang", "paused", scenario.starts_at)
    assert clock.now() == scenario.starts_at
    assert ProfileArea.objects.get(code=scenario.county).profile.name == "kaijiang"
    assert not CaseReport.objects.exists()  # of the demo, whose past would not be the exercise's
    assert User.objects.filter(demo=True).exists()
    assert checkpoints.scenario_here().code == "tiny"


def test_the_living_county_is_begun_by_its_driver(home):
    UserFactory(demo=True)
    checkpoints.keep_scenario(load_scenario(shipped_scenarios()[living.SCENARIO]))
    living.go_on_preparing()
    assert not Exercise.objects.exists()
    assert clock.moment() is None


def test_a_database_for_work_is_never_played_in_whatever_its_folder_says(home):
    (home / EXERCISE_MARK).unlink()
    living.check_database()  # started for work
    living.check_database()
    (home / EXERCISE_MARK).touch()
    with pytest.raises(living.WrongPlace, match="不能用于演练"):
        living.check_database()


def test_real_people_are_never_part_of_an_exercise_that_has_not_begun(home):
    living.check_database()
    UserFactory(demo=False)
    with pytest.raises(living.WrongPlace):
        living.check_database()


def test_a_first_start_has_nothing_to_go_on_with(home):
    living.go_on_preparing()
    assert not User.objects.people().exists()
