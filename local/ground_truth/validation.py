"""What the service refuses of a labelling job beyond its own model."""

from typing import Any

from local.sagemaker import validation

_LONGEST_TASK = 8 * 3600
_ENDINGS = ("-metadata", "-ref")


def problems(operation: str, params: dict[str, Any]) -> str:
    """What is wrong with a request, for people; empty: nothing."""
    found = validation.problems(operation, params)
    if operation == "CreateLabelingJob" and not found:
        return of_a_custom_job(params)
    return found


def of_a_custom_job(params: dict[str, Any]) -> str:
    """https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_HumanTaskConfig.html"""
    found = []
    task = params["HumanTaskConfig"]
    if task["TaskTimeLimitInSeconds"] > _LONGEST_TASK:
        found.append(f"TaskTimeLimitInSeconds is more than {_LONGEST_TASK}")
    if params["LabelAttributeName"].endswith(_ENDINGS):
        found.append(f"LabelAttributeName ends with one of {', '.join(_ENDINGS)}")
    return "; ".join(found)
