"""The report's pictures, as SVG to stand in a page."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tandem.tuning.rewards.fitting import Fitted

_INK, _QUIET, _MARKED = "#0f5ea8", "#8a94a0", "#b4471f"
_BINS = 8


@dataclass(frozen=True)
class Curve:
    title: str
    unit: str
    figures: tuple[str, ...]
    level: float | None = None
    """A line across: the base's value, or a limit."""
    level_name: str = ""


def available() -> bool:
    """Without matplotlib, which not every training image has, a report has no pictures."""
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        return False
    return True


def curve(wanted: Curve, history: Sequence[Mapping[str, float]]) -> str | None:
    """None when no step has such a figure."""
    lines = {
        name: [(row["step"], row[name]) for row in history if name in row]
        for name in wanted.figures
    }
    if not any(lines.values()):
        return None
    figure, axes = _axes()
    for (name, points), colour in zip(lines.items(), (_INK, _QUIET), strict=False):
        if points:
            steps, values = zip(*points, strict=True)
            marker = "o" if len(points) <= 20 else None
            axes.plot(steps, values, color=colour, marker=marker, markersize=3, label=name)
    if wanted.level is not None:
        label = wanted.level_name
        axes.axhline(wanted.level, color=_MARKED, linestyle="--", linewidth=1, label=label)
    axes.set_title(wanted.title, loc="left")
    axes.set_xlabel("step")
    axes.set_ylabel(wanted.unit)
    axes.legend(frameon=False, fontsize=7)
    return _svg(figure)


def calibration(fitted: Fitted) -> str:
    """Predictions for topics that were not seen, beside what people gave."""
    figure, axes = _axes()
    axes.scatter(fitted.predicted, fitted.actual, s=8, color=_QUIET, alpha=0.5, linewidths=0)
    order = np.argsort(fitted.predicted)
    parts = np.array_split(order, min(_BINS, max(len(order) // 5, 1)))
    means = [(fitted.predicted[p].mean(), fitted.actual[p].mean()) for p in parts]
    errors = [fitted.actual[p].std() / max(len(p), 1) ** 0.5 for p in parts]
    said, given = zip(*means, strict=True)
    axes.errorbar(said, given, yerr=errors, color=_INK, marker="o", markersize=4, linewidth=1)
    axes.plot([1, 5], [1, 5], color=_MARKED, linestyle="--", linewidth=1)
    axes.set_title("Reward model on unseen topics", loc="left")
    axes.set_xlabel("predicted rating")
    axes.set_ylabel("people's rating")
    return _svg(figure)


def _axes() -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    # Not by pyplot, which keeps every figure.
    figure = Figure(figsize=(4.6, 2.9), layout="constrained")
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8)
    return figure, axes


def _svg(figure: Any) -> str:
    import matplotlib

    file = io.StringIO()
    # The same run gives the same page: no date, and no names by chance.
    with matplotlib.rc_context({"svg.hashsalt": "tandem"}):
        figure.savefig(file, format="svg", metadata={"Date": None})
    text = file.getvalue()
    return text[text.index("<svg") :]
