"""SageMaker Runtime: POST /endpoints/{name}/invocations (InvokeEndpoint).

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html
"""

from uuid import uuid4

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.sagemaker.account import Account
from local.sagemaker.endpoints import Endpoints
from local.sagemaker.fleets import Fleet
from local.sagemaker.serving import NoAnswer, Said

_LARGEST = 6 * 1024 * 1024
_LONGEST_MESSAGE = 2048
_JSON = "application/json"
_STATUS = {"ValidationError": 400, "ModelError": 424, "ServiceUnavailable": 503}


class Invocations:
    def __init__(self, account: Account, endpoints: Endpoints) -> None:
        self._on = account
        self._endpoints = endpoints

    def routes(self) -> list[Route]:
        return [Route("/endpoints/{endpoint}/invocations", self._invoke, methods=["POST"])]

    async def _invoke(self, request: Request) -> Response:
        name, body = request.path_params["endpoint"], await request.body()
        if not body or len(body) > _LARGEST:
            return _error("ValidationError", f"Body must have 1 to {_LARGEST} bytes.")
        kind = request.headers.get("content-type", _JSON)
        accept = request.headers.get("accept", _JSON)
        return await run_in_threadpool(self._answer, name, body, kind, accept)

    def _answer(self, name: str, body: bytes, kind: str, accept: str) -> Response:
        if fault := self._on.faults.take("unavailable", name):
            return _error("ServiceUnavailable", fault.message or "The request has failed.")
        endpoint = self._endpoints.find(name)
        fleet = endpoint.next_fleet() if endpoint else None
        if fleet is None:
            account = self._on.names.account
            return _error("ValidationError", f"Endpoint {name} of account {account} not found.")
        if fault := self._on.faults.take("model_error", name):
            said = Said(500, "text/plain", (fault.message or "asked to fail").encode())
        else:
            said = _asked(fleet, body, kind, accept)
        if said.status != 200:
            return self._model_error(name, said)
        return Response(
            said.content,
            headers={
                "content-type": said.content_type,
                "x-amzn-invoked-production-variant": fleet.variant["VariantName"],
            },
        )

    def _model_error(self, name: str, said: Said) -> Response:
        text = said.content.decode(errors="replace")
        whose = "client" if said.status < 500 else "server"
        group = f"/aws/sagemaker/Endpoints/{name}"
        region, account = self._on.names.region, self._on.names.account
        message = (
            f"Received {whose} error ({said.status}) from primary with message "
            f'"{text[: _LONGEST_MESSAGE // 2]}". See the log group {group} for more information.'
        )
        return _error(
            "ModelError",
            message,
            OriginalStatusCode=said.status,
            OriginalMessage=text[:_LONGEST_MESSAGE],
            LogStreamArn=f"arn:aws:logs:{region}:{account}:log-group:{group}",
        )


def _asked(fleet: Fleet, body: bytes, kind: str, accept: str) -> Said:
    try:
        return fleet.ask(body, kind, accept)
    except NoAnswer as error:
        return Said(500, "text/plain", str(error).encode())


def _error(code: str, message: str, **more: object) -> Response:
    return JSONResponse(
        {"Message": message, **more},
        _STATUS[code],
        headers={"x-amzn-ErrorType": code, "x-amzn-RequestId": str(uuid4())},
    )
