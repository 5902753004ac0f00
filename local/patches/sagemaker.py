"""SageMaker: the stand-in behind the engine's door, its events, and the roles that it assumes."""

import contextvars
import dataclasses
import json
from typing import Any

import httpx

from local.patches import iam, sagemaker_access

_SERVICE = "sagemaker"
AS_SERVICE = "x-tandem-aws-service"
"""Set by a stand-in on calls that AWS's own service makes; its value is the service's name."""
_STAND_INS = (_SERVICE, "bedrock")
_JSON = "application/x-amz-json-1.1"
_LONGEST_ANSWER = 70.0
"""Seconds; the service gives a model 60."""


def forward(url: str) -> None:
    """Answer SageMaker's calls, and those of SageMaker Runtime, with the stand-in at `url`.

    AWS: training, model registry, endpoints, labelling.
    ministack: does not know the service.
    The patch passes a call on once the caller is authenticated and authorized.
    """
    from ministack import app
    from ministack.core import router

    client: httpx.AsyncClient | None = None

    async def handle(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]
    ) -> tuple[int, dict[str, str], Any]:
        nonlocal client
        if client is None:
            # Made here because a client belongs to the loop that it is used in.
            client = httpx.AsyncClient(base_url=url, timeout=_LONGEST_ANSWER, trust_env=False)
        checks = sagemaker_access.further(headers, body)
        if app.AUTH and (denied := iam.denial(checks, headers, query)):
            return denied
        passed_on = {
            k: v
            for k, v in headers.items()
            if k in {"x-amz-target", "content-type", "accept"} or k.startswith("x-amzn-sagemaker")
        }
        try:
            answer = await client.request(method, path, headers=passed_on, content=body)
        except httpx.TransportError as error:
            message = f"The SageMaker stand-in at {url} doesn't answer: {error!r}"
            said = {"__type": "InternalFailure", "message": message}
            return 500, {"Content-Type": _JSON}, json.dumps(said).encode()
        if method == "POST" and path == "/":
            return answer.status_code, {"Content-Type": _JSON}, answer.content
        told = {k: v for k, v in answer.headers.items() if k.startswith("x-amzn-")}
        told["Content-Type"] = answer.headers.get("content-type", "application/json")
        return answer.status_code, told, answer.content

    app.SERVICE_HANDLERS[_SERVICE] = handle
    router.SERVICE_PATTERNS[_SERVICE] = {
        "target_prefixes": ["SageMaker."],
        "host_patterns": [r"sagemaker\."],
        "credential_scope": _SERVICE,
    }


def let_it_speak() -> None:
    """Take events whose source is a service of AWS from the stand-in.

    AWS: SageMaker puts its events on the default bus itself.
    ministack: refuses the source `aws.*` from every caller, as AWS does from everybody else.
    The patch takes them where the stand-in's header is set; only what listens on the loopback
    interface beside the engine sets it.
    """
    from ministack.services import eventbridge

    put = eventbridge._put_events
    handle = eventbridge.handle_request

    async def handle_request(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]
    ) -> Any:
        is_put = headers.get("x-amz-target", "").endswith(".PutEvents")
        if is_put and headers.get(AS_SERVICE) == _SERVICE:
            return put(json.loads(body), allow_aws_source=True)
        return await handle(method, path, headers, body, query)

    eventbridge.handle_request = handle_request


def let_it_assume() -> None:
    """A job's role is assumed by the service, for the account whose job it is.

    AWS: the caller is SageMaker (Bedrock, for an import), and `aws:SourceAccount` is the job's
    account, so that a role may refuse to be used for jobs of somebody else.
    ministack: takes the root user for every service, and knows no `aws:SourceAccount`, so that such
    a condition is never met.
    The patch adds it where the stand-in's header is set.
    """
    from ministack.core import iam_evaluator
    from ministack.core.responses import get_account_id
    from ministack.services import sts

    by_the_service = contextvars.ContextVar("by_the_service", default=False)
    evaluate = iam_evaluator.evaluate_trust_policy
    handle = sts.handle_request

    def evaluate_trust_policy(trust_doc: Any, caller_arn: str, ctx: Any = None) -> bool:
        if ctx is not None and by_the_service.get():
            account = get_account_id()
            caller_arn = f"arn:aws:iam::{account}:root"
            ctx = dataclasses.replace(
                ctx, service_context={**ctx.service_context, "aws:sourceaccount": account}
            )
        return bool(evaluate(trust_doc, caller_arn, ctx))

    async def handle_request(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]
    ) -> Any:
        marker = by_the_service.set(headers.get(AS_SERVICE) in _STAND_INS)
        try:
            return await handle(method, path, headers, body, query)
        finally:
            by_the_service.reset(marker)

    iam_evaluator.evaluate_trust_policy = evaluate_trust_policy
    sts.handle_request = handle_request
