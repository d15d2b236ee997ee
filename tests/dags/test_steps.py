import pytest

from dags.steps import DAY_STEPS, STEPS, step_named
from warehouse.errors import ConfigError


def test_every_day_step_has_a_function():
    for step in DAY_STEPS:
        assert callable(step.load())


def test_steps_read_only_what_is_there_before_them():
    written = {"inbox", "raw.*", "manifests", "ops.*", "core.*", "insight.*"}
    for step in STEPS:
        for name in step.reads:
            schema = name.split(".")[0] + ".*"
            assert name in written or schema in written, (step.name, name)
        written |= {*step.writes, "published/voc.duckdb"}


def test_a_wrong_step_names_the_nearest():
    with pytest.raises(ConfigError, match="--step conform"):
        step_named("confrom")
