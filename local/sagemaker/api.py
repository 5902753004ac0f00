"""SageMaker's API (AWS's JSON protocol 1.1): POST / with the operation in X-Amz-Target.

Requests are held against the service's own model, and so are the answers: one that the service
could not give is a mistake of the stand-in, and an InternalFailure.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.sagemaker.errors import ServiceError, invalid
from local.sagemaker.faults import Faults
from local.sagemaker.validation import answer_problems, problems

type Json = dict[str, Any]


class Api:
    """`operations` answer requests that are valid; they raise `ServiceError`."""

    def __init__(self, operations: Mapping[str, Callable[[Json], Json]], faults: Faults) -> None:
        self._operations = operations
        self._faults = faults

    def routes(self) -> list[Route]:
        return [Route("/", self._answer, methods=["POST"])]

    async def _answer(self, request: Request) -> Response:
        operation = request.headers.get("x-amz-target", "").rpartition(".")[2]
        body = await request.body()
        try:
            answer = await run_in_threadpool(self._call, operation, body)
        except ServiceError as error:
            return JSONResponse({"__type": error.code, "message": error.message}, error.status)
        return JSONResponse(answer)

    def _call(self, operation: str, body: bytes) -> Json:
        call = self._operations.get(operation)
        if call is None:
            raise ServiceError("UnknownOperationException", f"There is no {operation} here.")
        text = body.decode(errors="replace") or "{}"
        params: Json = json.loads(text)
        if wrong := problems(operation, params):
            raise invalid(wrong)
        self._faults.refuse(operation, text)
        answer = call(params)
        if wrong := answer_problems(operation, answer):
            raise ServiceError("InternalFailure", f"{operation}: {wrong}", 500)
        return answer
