"""Settings of all tests."""

import os
from pathlib import Path

from hypothesis import settings
from hypothesis.configuration import set_hypothesis_home_dir

pytest_plugins = ["tests.deployed_stack"]

# Whoever runs the tests may have set an endpoint, a profile or a region for work of their own.
for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]
for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
    os.environ[name] = os.devnull

# The same examples each time: a test fails today or not at all.
settings.register_profile("repeatable", derandomize=True, database=None, deadline=None)
settings.load_profile("repeatable")
set_hypothesis_home_dir(Path(__file__).parents[1] / ".cache" / "hypothesis")
