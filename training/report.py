"""The report of a training: one HTML page that stands alone, for who decides about the model."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from training import plots
from training.export import Pair
from training.plots import Curve
from training.run_summary import RunSummary

if TYPE_CHECKING:
    from training.progress import Outcome

_MOST_PAIRS = 40


@dataclass(frozen=True)
class Report:
    summary: RunSummary
    pairs: Sequence[Pair]
    """The base's and the candidate's answers, to stand side by side."""
    outcome: "Outcome | None"
    """None: no weights were trained."""


def write_report(path: Path, report: Report) -> None:
    """Texts of customers and models are escaped: none of them is markup."""
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = templates.get_template("report.html.jinja").render(
        run=report.summary.as_json(),
        pictures=_pictures(report),
        pairs=[pair for pair in report.pairs if pair.candidate is not None][:_MOST_PAIRS],
    )
    path.write_text(page, encoding="utf-8")


def _pictures(report: Report) -> list[str]:
    if not plots.available():
        return []
    found = []
    if report.outcome is not None:
        history = report.outcome.history
        found = [plots.curve(curve, history) for curve in _curves(report)]
    pictures = [picture for picture in found if picture is not None]
    return [*pictures, plots.calibration(report.summary.models.policy)]


def _curves(report: Report) -> list[Curve]:
    outcome = report.outcome
    base = outcome.base if outcome else None
    return [
        Curve("Reward of sampled answers", "predicted rating", ("reward/mean",)),
        Curve(
            "Held-out questions",
            "predicted rating",
            ("eval/heldout",),
            base.mean if base else None,
            "base",
        ),
        Curve("Divergence from the base", "nats per answer", ("kl", "eval/kl")),
        Curve(
            "Length of answers",
            "tokens",
            ("eval/length", "length"),
            base.length if base else None,
            "base",
        ),
    ]
