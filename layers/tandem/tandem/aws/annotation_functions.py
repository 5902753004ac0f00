"""The pre- and post-annotation Lambda functions, called as Ground Truth calls them."""

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_lambda.client import LambdaClient


class AnnotationFailed(Exception):
    """A function failed; the text names it and says how."""


class LambdaAnnotationFunctions:
    """`AnnotationFunctions`: they may be replaced by a team's own. Raises `AnnotationFailed`."""

    def __init__(self, client: "LambdaClient", pre: str, post: str) -> None:
        self._client = client
        self._pre = pre
        self._post = post

    def pre(self, request: dict[str, object]) -> dict[str, object]:
        answer = self._invoke(self._pre, request)
        if not isinstance(answer, dict) or not isinstance(answer.get("taskInput"), dict):
            raise AnnotationFailed(f"{self._pre} answered without a taskInput")
        return answer

    def post(self, request: dict[str, object]) -> list[dict[str, object]]:
        answer = self._invoke(self._post, request)
        if not isinstance(answer, list):
            raise AnnotationFailed(f"{self._post} did not answer with a list")
        return answer

    def _invoke(self, function: str, request: dict[str, object]) -> Any:
        answer = self._client.invoke(FunctionName=function, Payload=json.dumps(request).encode())
        said = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            raise AnnotationFailed(f"{function}: {said.get('errorMessage', said)}")
        return said
