"""What SageMaker reads out of the log: `MetricDefinitions` of a training job.

One line per step, such as `step=12 reward/mean=3.1042 kl=0.8213 length=21.40`. Standard library
alone: whoever starts a job imports this.
"""

STEP_FIGURES = (
    "reward/mean",
    "reward/sd",
    "kl",
    "eval/heldout",
    "eval/likeliest",
    "eval/kl",
    "eval/length",
    "eval/repetition",
    "length",
    "loss",
    "preferred",
    "tokens_per_second",
)
ONCE = ("rm/spearman", "rm/error", "eval/heldout_base")
"""Printed once, in a line of their own."""

_NUMBER = r"([-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)"

METRIC_DEFINITIONS: list[dict[str, str]] = [
    # A blank before the name: `kl=` must not be found in another name that ends in it.
    {"Name": name, "Regex": rf"(?:^|\s){name}={_NUMBER}"}
    for name in (*STEP_FIGURES, *ONCE)
]
