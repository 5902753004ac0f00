"""SageMaker finds the figures in the lines that are printed."""

import io
import re

import pytest

from training.metric_definitions import METRIC_DEFINITIONS
from training.step_log import StepLog, line

FIGURES = {
    "step": 12.0,
    "reward/mean": 3.10417,
    "kl": 1.2e-05,
    "eval/heldout": 3.25,
    "eval/kl": 0.7,
    "length": 21.4,
    "loss": -0.0312,
    "tokens_per_second": 1804.2,
}


def found(text: str) -> dict[str, float]:
    matches = {d["Name"]: re.findall(d["Regex"], text) for d in METRIC_DEFINITIONS}
    assert all(len(values) <= 1 for values in matches.values())
    return {name: float(values[0]) for name, values in matches.items() if values}


def test_every_figure_is_found_in_the_line_of_a_step() -> None:
    expected = {name: v for name, v in FIGURES.items() if name != "step"}
    assert found(line(FIGURES)) == pytest.approx(expected, rel=1e-3)


def test_a_name_is_not_found_in_another_one_that_ends_in_it() -> None:
    assert found("other/kl=0.7 eval/length=3") == {"eval/length": 3.0}


def test_the_figures_that_are_said_once_are_found() -> None:
    out = io.StringIO()
    log = StepLog(out)
    log.say("rm/spearman=-0.5213 rm/error=0.8100")
    log.begin(10, 2.5)
    log.end()
    assert found(out.getvalue()) == {
        "rm/spearman": -0.5213,
        "rm/error": 0.81,
        "eval/heldout_base": 2.5,
    }


def test_what_is_no_number_is_left_out() -> None:
    assert line({"kl": float("nan"), "loss": float("inf"), "length": 2.0}) == "length=2"


def test_each_step_is_one_line() -> None:
    out = io.StringIO()
    log = StepLog(out)
    log.begin(2, 2.5)
    log.step(FIGURES)
    log.step({"step": 13.0, "kl": 2.0})
    log.end()
    assert out.getvalue().splitlines()[1:] == [line(FIGURES), "step=13 kl=2"]
