"""Step Functions: tasks that wait for a token."""

import contextvars
import threading
import time
from itertools import batched
from typing import Any

_BEAT = 0.05


def evaluate_timeouts() -> None:
    """`TimeoutSeconds` and `HeartbeatSeconds` may be JSONata expressions.

    AWS: both take a number or, in JSONata, an expression that gives one.
    ministack: passes the text of the expression to a clock, and the execution ends in a TypeError.
    The patch evaluates them when the task begins.
    """
    from ministack.services import stepfunctions

    run_task = stepfunctions._execute_task

    def execute_task(state_def: Any, raw_input: Any, execution: Any, ctx: Any) -> Any:
        evaluated = {
            field: stepfunctions._apply_jsonata_template(state_def[field], raw_input, ctx)
            for field in ("TimeoutSeconds", "HeartbeatSeconds")
            if isinstance(state_def.get(field), str)
        }
        if evaluated:
            state_def = {**state_def, **evaluated}
        return run_task(state_def, raw_input, execution, ctx)

    stepfunctions._execute_task = execute_task


def expire_heartbeats() -> None:
    """A task that waits for a token fails when no heartbeat comes in time.

    AWS: `States.HeartbeatTimeout` after `HeartbeatSeconds` without SendTaskHeartbeat; a Catch or
    Retry for `States.Timeout` takes it as well.
    ministack: ignores `HeartbeatSeconds`.
    The patch watches the token.
    """
    from ministack.services import stepfunctions

    wait = stepfunctions._invoke_with_callback

    def watch(token: str, limit: float) -> None:
        seen: Any = None
        deadline = time.monotonic() + limit
        started = False
        while True:
            info = stepfunctions._task_tokens.get(token)
            if info is None:
                if started:
                    return
            else:
                started = True
                if info["event"].is_set():
                    return
                if info["heartbeat"] != seen:
                    seen, deadline = info["heartbeat"], time.monotonic() + limit
                if time.monotonic() >= deadline:
                    info["error"] = {"Error": "States.HeartbeatTimeout", "Cause": ""}
                    info["event"].set()
                    return
            time.sleep(_BEAT)

    def wait_with_heartbeat(resource: str, input_data: Any, token: str, state_def: Any) -> Any:
        limit = state_def.get("HeartbeatSeconds")
        if limit:
            scope = contextvars.copy_context()
            threading.Thread(
                target=scope.run, args=(watch, token, float(limit)), daemon=True
            ).start()
        return wait(resource, input_data, token, state_def)

    stepfunctions._invoke_with_callback = wait_with_heartbeat


def fail_with_the_function() -> None:
    """`lambda:invoke.waitForTaskToken` fails at once when the function fails.

    AWS: the task fails with the function's error.
    ministack: swallows it and waits for a token that nobody will send, until the timeout.
    The patch puts the error on the token.
    """
    from ministack.services import stepfunctions

    waiting_for: contextvars.ContextVar[str | None] = contextvars.ContextVar(
        "waiting_for", default=None
    )
    call = stepfunctions._call_lambda
    wait = stepfunctions._invoke_with_callback

    def call_lambda(func_ref: str, event: Any) -> Any:
        token = waiting_for.get()
        try:
            return call(func_ref, event)
        except stepfunctions._ExecutionError as error:
            info = stepfunctions._task_tokens.get(token) if token else None
            if info is not None and not info["event"].is_set():
                info["error"] = {"Error": error.error, "Cause": error.cause}
                info["event"].set()
            raise

    def wait_for(resource: str, input_data: Any, token: str, state_def: Any) -> Any:
        marker = waiting_for.set(token)
        try:
            return wait(resource, input_data, token, state_def)
        finally:
            waiting_for.reset(marker)

    stepfunctions._call_lambda = call_lambda
    stepfunctions._invoke_with_callback = wait_for


def close_tokens_once() -> None:
    """A task token can be used once, and says so the second time.

    AWS: `TaskTimedOut` for a token whose task is over, `InvalidToken` for one that never was.
    ministack: `TaskDoesNotExist` for both, and takes a second answer while the first is still on
    its way to the execution.
    The patch answers as AWS does.
    """
    from ministack.core.responses import error_response_json
    from ministack.services import stepfunctions

    # Never emptied: some 36 bytes for each task of a development session.
    issued: set[str] = set()
    lock = threading.Lock()
    wait = stepfunctions._invoke_with_callback

    def wait_for(resource: str, input_data: Any, token: str, state_def: Any) -> Any:
        issued.add(token)
        return wait(resource, input_data, token, state_def)

    def once(send: Any) -> Any:
        def answer(data: Any) -> Any:
            token = data.get("taskToken")
            with lock:
                info = stepfunctions._task_tokens.get(token)
                if info is not None and not info["event"].is_set():
                    return send(data)
            if info is not None or token in issued:
                return error_response_json(
                    "TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'", 400
                )
            return error_response_json("InvalidToken", "Invalid Token: 'Invalid token'", 400)

        return answer

    stepfunctions._invoke_with_callback = wait_for
    for name in ("_send_task_success", "_send_task_failure", "_send_task_heartbeat"):
        setattr(stepfunctions, name, once(getattr(stepfunctions, name)))


def output_of_succeed() -> None:
    """A Succeed state may say what comes out.

    AWS: `Output` in JSONata, as in every other state.
    ministack: ignores it in Succeed.
    The patch evaluates it.
    """
    from ministack.services import stepfunctions

    apply_output_path = stepfunctions._apply_output_path

    def output(state_def: Any, data: Any, ctx: Any = None) -> Any:
        if state_def.get("Type") == "Succeed" and "Output" in state_def:
            return stepfunctions._apply_jsonata_output(state_def, data, ctx, default=data)
        return apply_output_path(state_def, data, ctx)

    stepfunctions._apply_output_path = output


def distribute_in_batches() -> None:
    """A Distributed Map in JSONata that lists a bucket and gives its children batches.

    AWS: `ItemReader.Arguments`, `ItemBatcher.BatchInput`, `Output` and `Assign` may be JSONata;
    with an `ItemBatcher`, each child gets `{"Items": […], "BatchInput": {…}}`.
    ministack: takes expressions for names of buckets, ignores the `ItemBatcher`, and `Output` and
    `Assign` of a Distributed Map.
    The patch evaluates them, and makes the batches of what ministack has read.
    """
    from ministack.services import stepfunctions

    run = stepfunctions._run_distributed_map

    def run_in_batches(state_def: Any, raw_input: Any, effective: Any, *others: Any) -> Any:
        *_, ctx = others
        if stepfunctions._state_query_language(state_def, ctx) != "JSONata":
            return run(state_def, raw_input, effective, *others)

        def evaluated(value: Any) -> Any:
            return stepfunctions._apply_jsonata_template(value, raw_input, ctx)

        if "ItemReader" in state_def:
            reader = {
                **state_def["ItemReader"],
                "Arguments": evaluated(state_def["ItemReader"].get("Arguments", {})),
            }
            items = stepfunctions._read_map_items(reader, effective, ctx)
        else:
            items = evaluated(state_def.get("Items", raw_input))
        batcher = state_def.get("ItemBatcher")
        if batcher:
            common = evaluated({k: v for k, v in batcher.items() if k == "BatchInput"})
            size = evaluated(batcher.get("MaxItemsPerBatch", len(items))) or 1
            items = [
                {**common, "Items": list(batch)} for batch in batched(items, size, strict=False)
            ]
        left_out = ("ItemReader", "ItemBatcher", "Items", "Output", "Assign")
        plain = {key: value for key, value in state_def.items() if key not in left_out}
        plain["ItemsPath"] = "$.items"
        results, following = run(plain, {}, {"items": items}, *others)
        # Those of children that failed are not among them.
        results = [result for result in results if result is not None]
        output = stepfunctions._apply_jsonata_output(
            state_def, raw_input, ctx, result=results, default=results
        )
        stepfunctions._apply_state_assign(state_def, raw_input, ctx, result=results)
        return output, following

    stepfunctions._run_distributed_map = run_in_batches
