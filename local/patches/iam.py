"""IAM: which permission a call needs, and under which conditions."""

import contextvars
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonbedrock.html
_AUTHORIZED_AS = {
    "bedrock:Converse": "bedrock:InvokeModel",
    "bedrock:ConverseStream": "bedrock:InvokeModelWithResponseStream",
}
_CHECKS_PATH = "/guardrail-checks/invoke"
_MODEL_PATH = re.compile(r"/model/(?P<model>.+)/[^/]+")
_IMPORT_PATH = re.compile(r"/(?P<kind>model-import-job|imported-model)s/(?P<name>.+)")
_GUARDRAIL_PATH = re.compile(r"/guardrail/(?P<guardrail>[^/]+)/version/")
# Geographies of cross-region inference profiles, before the provider's name.
_PROFILE = re.compile(r"(?:us|us-gov|eu|apac|jp|au|ca|sa|global)\.[a-z0-9]+\.")


def authorize_bedrock() -> None:
    """Calls to Bedrock are checked as the action and on the resource that AWS checks.

    AWS: Converse needs `bedrock:InvokeModel`, ConverseStream
    `bedrock:InvokeModelWithResponseStream`; the resource is the foundation model, the inference
    profile, or the ARN that was given as model id.
    ministack: asks for `bedrock:Converse`, which no policy can name, takes every model id for a
    foundation model, knows no imports, and lets anyone call InvokeGuardrailChecks.
    The patch maps them. AWS asks besides for the models behind a profile; this does not.
    """
    from ministack.core import iam_actions

    find_action = iam_actions.extract_iam_action
    find_resource = iam_actions.extract_resource_arn

    def action(*args: Any, **kwargs: Any) -> str | None:
        service, _, path = args[:3]
        if path == _CHECKS_PATH and service in ("bedrock", "bedrock-runtime"):
            return "bedrock:InvokeGuardrailChecks"
        found: str | None = find_action(*args, **kwargs)
        return _AUTHORIZED_AS.get(found, found) if found else found

    def resource(service: str, method: str, path: str, *request: Any) -> str:
        # What follows in `request`: headers, body, query, region, account.
        region, account = request[-2:]
        if service == "bedrock" and (found := _IMPORT_PATH.fullmatch(path)):
            name = found["name"]
            prefix = f"arn:aws:bedrock:{region}:{account}:{found['kind']}/"
            return name if name.startswith("arn:") else prefix + name
        if service == "bedrock-runtime":
            if guardrail := _GUARDRAIL_PATH.match(path):
                name = guardrail["guardrail"]
                prefix = f"arn:aws:bedrock:{region}:{account}:guardrail/"
                return name if name.startswith("arn:") else prefix + name
            if model := _MODEL_PATH.fullmatch(path):
                name = model["model"]
                if name.startswith("arn:"):
                    return name
                if _PROFILE.match(name):
                    return f"arn:aws:bedrock:{region}:{account}:inference-profile/{name}"
                return f"arn:aws:bedrock:{region}::foundation-model/{name}"
        return str(find_resource(service, method, path, *request))

    iam_actions.extract_iam_action = action
    iam_actions.extract_resource_arn = resource


def count_loopback_as_secure() -> None:
    """A policy that denies plain HTTP doesn't deny every call.

    AWS: `aws:SecureTransport` is true, since its endpoints are called by HTTPS; buckets and topics
    are told to deny anything else.
    ministack: it is false, since the engine speaks HTTP, and such a bucket denies its own stack.
    The patch makes it true: what arrives came over the loopback interface.
    """
    from ministack import app

    pin = app.pin_request_origin

    def pin_as_secure(source_ip: str, secure_transport: bool) -> None:
        del secure_transport
        pin(source_ip, True)

    app.pin_request_origin = pin_as_secure


def tell_event_source() -> None:
    """A policy may allow events of one source only.

    AWS: `events:source` and `events:detail-type` hold what the entries of PutEvents say.
    ministack: it does not know these keys, so that a condition on them is never met.
    The patch adds them; entries that differ are a list, which `StringEquals` then refuses.
    """
    from ministack.core import iam_actions

    tags_of = iam_actions.request_tag_context

    def context(service: str, iam_action: str, body: bytes, params: Any) -> dict[str, Any]:
        found: dict[str, Any] = tags_of(service, iam_action, body, params)
        if iam_action != "events:PutEvents":
            return found
        try:
            entries = json.loads(body)["Entries"]
            for key, field in (("events:source", "Source"), ("events:detail-type", "DetailType")):
                values = sorted({entry[field] for entry in entries})
                found[key] = values[0] if len(values) == 1 else values
        except (ValueError, KeyError, TypeError):
            pass  # malformed entries are refused further on
        return found

    iam_actions.request_tag_context = context


def authorize_task_tokens() -> None:
    """What a task token allows is decided on its state machine.

    AWS: `states:SendTaskSuccess`, `SendTaskFailure` and `SendTaskHeartbeat` are checked on the
    state machine that waits.
    ministack: it checks them on `*`, which only a policy for every state machine allows.
    The patch remembers which state machine each token belongs to.
    """
    from ministack.core import iam_actions
    from ministack.services import stepfunctions

    machine: contextvars.ContextVar[str] = contextvars.ContextVar("machine", default="*")
    # Never emptied: some bytes for each waiting task of a development session.
    machines: dict[str, str] = {}
    execute = stepfunctions._execute_task
    wait = stepfunctions._invoke_with_callback
    find_resource = iam_actions.extract_resource_arn

    def execute_task(state_def: Any, raw_input: Any, execution: Any, ctx: Any) -> Any:
        marker = machine.set(str(execution["stateMachineArn"]))
        try:
            return execute(state_def, raw_input, execution, ctx)
        finally:
            machine.reset(marker)

    def wait_for(resource: str, input_data: Any, token: str, state_def: Any) -> Any:
        machines[token] = machine.get()
        return wait(resource, input_data, token, state_def)

    def resource(
        service: str, method: str, path: str, headers: Any, body: bytes, *request: Any
    ) -> str:
        found = str(find_resource(service, method, path, headers, body, *request))
        if service != "states" or found != "*":
            return found
        try:
            return machines.get(json.loads(body)["taskToken"], found)
        except (ValueError, KeyError, TypeError):
            return found

    stepfunctions._execute_task = execute_task
    stepfunctions._invoke_with_callback = wait_for
    iam_actions.extract_resource_arn = resource


@dataclass(frozen=True)
class Check:
    """A permission that a call needs besides that of its own action."""

    action: str
    resource: str
    context: dict[str, str] = field(default_factory=dict)


def passing(role: str, service: str) -> Check:
    """Of who hands a role to a service."""
    return Check("iam:PassRole", role, {"iam:PassedToService": service})


def denial(
    checks: Iterable[Check], headers: dict[str, str], query: dict[str, list[str]]
) -> tuple[int, dict[str, str], bytes] | None:
    """The answer to a caller who lacks one of these permissions; None where nobody does."""
    from ministack.core import iam_actions
    from ministack.core.iam_evaluator import AuthError, enforce
    from ministack.core.responses import get_region
    from ministack.core.router import extract_access_key_id

    key = extract_access_key_id(headers, query)
    for check in checks:
        denied = enforce(
            key,
            check.action,
            "iam",
            get_region(),
            resource_arn=check.resource,
            service_context=check.context,
        )
        if denied is None or isinstance(denied, AuthError):
            continue  # who cannot be authenticated has not come so far
        message = iam_actions.identity_denial_message(
            check.action, denied.principal_arn, check.resource, denied.decision == "Deny"
        )
        said = {"__type": "AccessDeniedException", "message": message}
        headers = {
            "Content-Type": "application/x-amz-json-1.1",
            "x-amzn-ErrorType": "AccessDeniedException",
        }
        return 400, headers, json.dumps(said).encode()
    return None
