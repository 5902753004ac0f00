"""The one logger, and metrics. Both write JSON to the log; neither calls AWS.

Texts of customers do not belong in the log: name things by their ids.
"""

from typing import Literal

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import MetricUnit, single_metric

_CONVERSATION = " || ".join(
    (
        "detail.conversation_id",
        "pathParameters.conversation_id",
        "requestContext.authorizer.conversation_id",
        "event.conversation_id",
        "conversation_id",
    )
)
"""Where the events of the bus, of the HTTP and WebSocket APIs and of the state machine name it."""

logger = Logger()
"""Configured by POWERTOOLS_SERVICE_NAME and POWERTOOLS_LOG_LEVEL."""

observed = logger.inject_lambda_context(correlation_id_path=_CONVERSATION, clear_state=True)
"""Decorator of a handler: what it logs carries the request's and the conversation's id, which is
`correlation_id`. The event itself is never logged."""


class Meter:
    """`Meter` by CloudWatch's embedded metric format: a line of the log, no call to AWS.

    Namespace: POWERTOOLS_METRICS_NAMESPACE; one dimension, `service`: POWERTOOLS_SERVICE_NAME.
    """

    def record(
        self, name: str, value: float, unit: Literal["Count", "Milliseconds", "Seconds"]
    ) -> None:
        try:
            with single_metric(name=name, unit=MetricUnit(unit), value=value):
                pass
        except Exception:  # a metric is never worth a turn
            logger.exception("a metric is lost", extra={"metric": name})


meter = Meter()
