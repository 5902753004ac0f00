"""EventBridge: what happens when a rule's target fails."""

import json
from typing import Any


def retry_lambda_targets() -> None:
    """A rule invokes a function asynchronously, with retries and a failure destination.

    AWS: twice more after a failure, then the event goes to the function's `OnFailure` destination
    or dead-letter queue, as `EventInvokeConfig` says.
    ministack: one attempt, and the failure is forgotten.
    The patch goes through ministack's own asynchronous invocation.
    """
    from ministack.services import eventbridge, lambda_svc

    def to_lambda(arn: str, payload: str) -> None:
        try:
            event = json.loads(payload)
        except (json.JSONDecodeError, TypeError):
            event = {"body": payload}
        func, config, name = lambda_svc._get_func_record_for_ref(arn)
        if not func or not config:
            raise LookupError(f"function {name} not found")
        record = lambda_svc._execution_record_for_config(func, config)
        for key in ("event_invoke_config", "event_invoke_configs"):
            if key in func:
                record.setdefault(key, func[key])
        lambda_svc.invoke_async_with_retry(record, event)

    eventbridge._dispatch_to_lambda = to_lambda


def dead_letter_rules() -> None:
    """An event that cannot be delivered goes to the rule's dead-letter queue.

    AWS: `DeadLetterConfig` of a target receives the event with the reason in message attributes
    once the retries are over; at once when the target doesn't exist.
    ministack: stores the setting and only logs the failure.
    The patch sends the event there when the delivery raises. It doesn't retry: locally a target
    that is missing stays missing.
    """
    from ministack.core.arn import ArnParseError, parse_arn
    from ministack.services import eventbridge, lambda_svc, stepfunctions

    invoke = eventbridge._invoke_target

    def missing(arn: str) -> bool:
        try:
            spec = parse_arn(arn)
        except ArnParseError:
            return True
        if spec.service == "states":
            return stepfunctions._resolve_state_machine_arn(arn) is None
        if spec.service == "lambda":
            func, config, _ = lambda_svc._get_func_record_for_ref(arn)
            return not func or not config
        return False

    def invoke_or_bury(target: Any, event: Any, rule: Any, view: Any = None) -> None:
        queue = (target.get("DeadLetterConfig") or {}).get("Arn")
        arn = target.get("Arn", "")
        if not queue or not missing(arn):
            invoke(target, event, rule, view)
            return
        view = view or eventbridge._pattern_event_view(event)
        eventbridge._dispatch_to_sqs(parse_arn(queue), json.dumps(view.event_with_detail()))

    eventbridge._invoke_target = invoke_or_bury


def refuse_malformed_detail() -> None:
    """An event whose `Detail` is no JSON object is refused.

    AWS: the entry fails with `MalformedDetail`.
    ministack: takes it, and the rule's target gets nothing or nonsense.
    The patch answers for such entries, and lets ministack see the others.
    """
    from ministack.core.responses import json_response
    from ministack.services import eventbridge

    put = eventbridge._put_events

    def malformed(entry: dict[str, Any]) -> bool:
        try:
            return not isinstance(json.loads(entry.get("Detail", "{}")), dict)
        except (TypeError, ValueError):
            return True

    def put_events(data: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        entries = data.get("Entries", [])
        bad = [malformed(entry) for entry in entries]
        if not any(bad) or len(entries) > 10:
            return put(data, *args, **kwargs)
        good = [entry for entry, refused in zip(entries, bad, strict=True) if not refused]
        _, _, body = put({**data, "Entries": good}, *args, **kwargs)
        answer = json.loads(body)
        taken = iter(answer["Entries"])
        refusal = {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
        results = [refusal if refused else next(taken) for refused in bad]
        failed = answer["FailedEntryCount"] + sum(bad)
        return json_response({"FailedEntryCount": failed, "Entries": results})

    eventbridge._put_events = put_events
