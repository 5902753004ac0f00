"""Tags of all resources."""

from collections.abc import Callable
from typing import Any

type Json = dict[str, Any]


class Tags:
    """By the resource's ARN."""

    def __init__(self) -> None:
        self._of: dict[str, dict[str, str]] = {}

    def operations(self) -> dict[str, Callable[[Json], Json]]:
        return {"AddTags": self._add, "ListTags": self._list, "DeleteTags": self._delete}

    def put(self, arn: str, tags: list[Json]) -> None:
        self._of.setdefault(arn, {}).update({tag["Key"]: tag["Value"] for tag in tags})

    def of(self, arn: str) -> dict[str, str]:
        return dict(self._of.get(arn, {}))

    def forget(self, arn: str) -> None:
        self._of.pop(arn, None)

    def _add(self, params: Json) -> Json:
        self.put(params["ResourceArn"], params["Tags"])
        return {"Tags": params["Tags"]}

    def _list(self, params: Json) -> Json:
        return {"Tags": [{"Key": k, "Value": v} for k, v in self.of(params["ResourceArn"]).items()]}

    def _delete(self, params: Json) -> Json:
        for key in params["TagKeys"]:
            self._of.get(params["ResourceArn"], {}).pop(key, None)
        return {}
