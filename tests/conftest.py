"""Settings of all tests."""

from pathlib import Path

from hypothesis import settings
from hypothesis.configuration import set_hypothesis_home_dir

pytest_plugins = ["tests.deployed_stack"]

# The same examples each time: a test fails today or not at all.
settings.register_profile("repeatable", derandomize=True, database=None, deadline=None)
settings.load_profile("repeatable")
set_hypothesis_home_dir(Path(__file__).parents[1] / ".cache" / "hypothesis")
