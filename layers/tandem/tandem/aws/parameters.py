"""Documents in SSM parameters that can be changed without a deploy: the policy, the models."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import ValidationError

from tandem.aws.observability import logger, meter
from tandem.live.model_pointer import Models, Promoted
from tandem.live.models import Frozen
from tandem.live.policy import Policy
from tandem.live.ports import Clock

if TYPE_CHECKING:
    from mypy_boto3_ssm.client import SSMClient

KEPT = timedelta(seconds=30)
"""How long a document is used before it is read again."""


class NoDocument(Exception):
    """A parameter without a default could not be read, or does not validate."""


class Document[T: Frozen]:
    """A parameter's document, read again every 30 seconds.

    One that is missing or does not validate is reported (log, metric `ParameterRejected`), and the
    last good one stays in force, or the default.
    """

    def __init__(
        self,
        client: "SSMClient",
        name: str,
        clock: Clock,
        parse: Callable[[str], T],
        default: T | None = None,
    ) -> None:
        self._client = client
        self._name = name
        self._clock = clock
        self._parse = parse
        self._good = default
        self._read_at: datetime | None = None

    def current(self) -> T:
        """Raises `NoDocument` where there is none, and no default."""
        now = self._clock.now()
        if self._read_at is None or now - self._read_at >= KEPT:
            self._read()
            self._read_at = now
        if self._good is None:
            self._read_at = None
            raise NoDocument(f"the parameter {self._name} holds no valid document; see the log")
        return self._good

    def _read(self) -> None:
        try:
            value = self._client.get_parameter(Name=self._name)["Parameter"]["Value"]
            self._good = self._parse(value)
        except (ClientError, BotoCoreError, ValidationError) as error:
            logger.error(
                "a parameter's document is not in force",
                extra={"parameter": self._name, "error": str(error)},
            )
            meter.record("ParameterRejected", 1, "Count")


def policies(client: "SSMClient", name: str, clock: Clock) -> Document[Policy]:
    """`Policies`: without a valid document, the policy's defaults."""
    return Document(client, name, clock, Policy.model_validate_json, Policy())


class ModelPointer:
    """The models that were deployed, with what was promoted since in their place."""

    def __init__(self, deployed: Document[Models], promoted: Document[Promoted] | None) -> None:
        self._deployed = deployed
        self._promoted = promoted

    def current(self) -> Models:
        """Raises `NoDocument`."""
        deployed = self._deployed.current()
        return deployed if self._promoted is None else self._promoted.current().over(deployed)


def models(client: "SSMClient", name: str, clock: Clock, promoted: str = "") -> ModelPointer:
    """`promoted`: the parameter that promotion and rollback move; empty: nothing is promoted."""
    moved = Document(client, promoted, clock, Promoted.model_validate_json) if promoted else None
    return ModelPointer(Document(client, name, clock, Models.model_validate_json), moved)
