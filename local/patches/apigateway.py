"""API Gateway: WebSocket frames."""

import json
from typing import Any


def dispatch_frames() -> None:
    """A frame invokes its function as every other event source does.

    AWS: frames of different connections run at the same time, are logged and metered; when the
    function fails, the client gets `Internal server error` and no more.
    ministack: all frames wait for one worker of the function, nothing is logged, and the client
    gets the exception's message.
    The patch invokes the function through ministack's own dispatcher. Frames of one connection
    still run one after the other, which AWS does not promise.
    """
    from ministack.core import lambda_runtime
    from ministack.services import lambda_svc

    class Dispatcher:
        def __init__(self, config: dict[str, Any], code_zip: bytes) -> None:
            self.record = {"config": config, "code_zip": code_zip}

        def invoke(self, event: dict[str, Any], request_id: str) -> dict[str, Any]:
            result = lambda_svc._execute_function(self.record, event)
            if not result.get("error") and not result.get("throttle"):
                return {"status": "ok", "result": result.get("body")}
            connection = event.get("requestContext", {}).get("connectionId", "")
            answer = {
                "message": "Internal server error",
                "connectionId": connection,
                "requestId": request_id,
            }
            return {"status": "error", "error": json.dumps(answer)}

    def dispatcher(
        func_name: str, config: dict[str, Any], code_zip: bytes, qualifier: str = "$LATEST"
    ) -> Dispatcher:
        del func_name, qualifier
        return Dispatcher(config, code_zip)

    lambda_runtime.get_or_create_worker = dispatcher
