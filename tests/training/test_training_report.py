"""The report's page shows texts of customers and models as texts."""

from pathlib import Path

import numpy as np
import pytest

from tandem.tuning.rewards.fitting import Fitted
from tandem.tuning.rewards.static_embedding import StaticEmbedding
from tests.training.rated_questions import by_topic, rated_documents, write_dataset
from training import dataset, plots, reward_models
from training.choice import Choice
from training.dataset import Question
from training.export import Pair
from training.held_out import Measured
from training.progress import Outcome
from training.report import Report, write_report
from training.run_summary import RunSummary

EVIL = "<script>alert(1)</script>"


@pytest.fixture
def report(documents: Path, tmp_path: Path) -> Report:
    rows = rated_documents(documents)
    topics = sorted({row["topic"] for row in rows})
    split = by_topic(rows, test=topics[0], validation=topics[1])
    data = dataset.read(write_dataset(tmp_path / "data", split))
    meaning: StaticEmbedding = reward_models.embedding()
    models = reward_models.fitted(data, meaning, minimum=30)
    choice = Choice("rl", (f"Because {EVIL}.",), (f"Beware {EVIL}.",))
    measured = Measured(np.array([2.0, 3.0]), 2.5, 20.0, 0.1, 0.2)
    history = [
        {"step": 1, "reward/mean": 2.0, "kl": 0.1, "length": 20.0},
        {"step": 2, "reward/mean": 2.5, "kl": 0.4, "length": 21.0, "eval/heldout": 2.7},
    ]
    outcome = Outcome({}, 2, "steps", measured, measured, history)
    pair = Pair(Question(f"Why {EVIL}?", (), "t", None), f"Old {EVIL}", f"New {EVIL}")
    return Report(RunSummary(data, "auto", choice, None, models), [pair], outcome)


def test_no_text_becomes_markup(report: Report, tmp_path: Path) -> None:
    write_report(tmp_path / "report.html", report)
    page = (tmp_path / "report.html").read_text()
    assert EVIL not in page
    assert page.count("&lt;script&gt;alert(1)") == 5
    assert "default-src 'none'" in page


def test_the_same_run_gives_the_same_page(report: Report, tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_report(tmp_path / name, report)
    assert (tmp_path / "one").read_text() == (tmp_path / "two").read_text()


def test_without_matplotlib_the_page_says_that_it_has_no_pictures(
    report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plots, "available", lambda: False)
    write_report(tmp_path / "report.html", report)
    page = (tmp_path / "report.html").read_text()
    assert "No pictures" in page
    assert "<svg" not in page


def test_the_calibration_is_drawn_of_few_ratings_as_well(report: Report) -> None:
    fitted: Fitted = report.summary.models.policy
    assert plots.calibration(fitted).startswith("<svg")
