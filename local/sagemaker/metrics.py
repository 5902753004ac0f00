"""What a training's log says in figures.

https://docs.aws.amazon.com/sagemaker/latest/dg/define-train-metrics.html
"""

import re
from collections.abc import Iterable
from typing import Any

type Json = dict[str, Any]


def final_metrics(definitions: Iterable[Json], log: str, at: float) -> list[Json]:
    """The last value of each metric, as FinalMetricDataList has it.

    A definition is {"Name", "Regex"}; the expression's first group is the value. What is no number
    is passed over.
    """
    found = []
    for definition in definitions:
        values = [_number(match) for match in re.finditer(definition["Regex"], log)]
        known = [value for value in values if value is not None]
        if known:
            found.append({"MetricName": definition["Name"], "Value": known[-1], "Timestamp": at})
    return found


def _number(match: re.Match[str]) -> float | None:
    try:
        return float(match[1])
    except (IndexError, ValueError, TypeError):
        return None
