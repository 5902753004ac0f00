"""What the service's List operations have in common: filters, order, pages."""

from collections.abc import Iterable
from typing import Any

type Json = dict[str, Any]

_PAGE = 10
"""As many as AWS gives where nothing is said: who does not page sees it."""


def listed(
    summaries: Iterable[Json],
    params: Json,
    *,
    into: str,
    kind: str,
    order: str = "Ascending",
) -> Json:
    """The answer of a List operation: a page of `summaries` below `into`.

    `kind` is what the fields of a summary begin with (`TrainingJob`): its name and its status.
    """
    name, status = f"{kind}Name", f"{kind}Status"
    found = [
        each
        for each in summaries
        if params.get("NameContains", "").lower() in each.get(name, "").lower()
        and params.get("StatusEquals") in (None, each.get(status))
        and params.get("CreationTimeAfter", 0) <= each["CreationTime"]
        and params.get("CreationTimeBefore", each["CreationTime"]) >= each["CreationTime"]
    ]
    key = {"Name": name, "Status": status}.get(params.get("SortBy", ""), "CreationTime")
    found.sort(key=lambda each: each[key], reverse=params.get("SortOrder", order) == "Descending")
    first = int(params.get("NextToken", 0))
    after = first + params.get("MaxResults", _PAGE)
    answer: Json = {into: found[first:after]}
    if after < len(found):
        answer["NextToken"] = str(after)
    return answer
