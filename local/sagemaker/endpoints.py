"""Endpoints, and their blue/green updates: the old fleet answers until the new one is in service.

A waiting of the service is shorter here: `minute` seconds stand for a minute.
"""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from local.sagemaker.account import Account
from local.sagemaker.deployment import Deployment, deployment, refused
from local.sagemaker.endpoint import Endpoint
from local.sagemaker.endpoint_configs import EndpointConfigs
from local.sagemaker.errors import invalid
from local.sagemaker.events import ENDPOINT
from local.sagemaker.fleets import Fleet, FleetFailed, Fleets
from local.sagemaker.listing import listed

type Json = dict[str, Any]

_TICK = 0.1
_LONGEST_REASON = 1024


class _TakenBack(Exception):
    """An update must not go on; the text says why."""


class Endpoints:
    def __init__(
        self, account: Account, configs: EndpointConfigs, fleets: Fleets, *, minute: float = 1.0
    ) -> None:
        self._on = account
        self._configs = configs
        self._fleets = fleets
        self._minute = minute
        self._endpoints: dict[str, Endpoint] = {}
        self._lock = threading.RLock()

    def operations(self) -> dict[str, Callable[[Json], Json]]:
        return {
            "CreateEndpoint": self._create,
            "DescribeEndpoint": lambda params: self.get(params["EndpointName"]).described(),
            "UpdateEndpoint": self._update,
            "DeleteEndpoint": self._delete,
            "ListEndpoints": self._list,
        }

    def close(self) -> None:
        """End all that serves."""
        for endpoint in list(self._endpoints.values()):
            endpoint.gone.set()
            for fleet in endpoint.settle(None):
                fleet.stop()

    def get(self, name: str) -> Endpoint:
        """Raises `ServiceError`."""
        endpoint = self.find(name)
        if endpoint is None:
            raise invalid(f'Could not find endpoint "{self._on.names.arn("endpoint", name)}".')
        return endpoint

    def find(self, name: str) -> Endpoint | None:
        return self._endpoints.get(name.lower())

    def announce(self, name: str) -> None:
        """Send the event of its state (again). Raises `ServiceError`."""
        endpoint = self.get(name)
        self._on.send(ENDPOINT, endpoint.arn, endpoint.event(self._on.tags.of(endpoint.arn)))

    # --- the API ---------------------------------------------------------------------------------
    def _create(self, params: Json) -> Json:
        name, config = params["EndpointName"], params["EndpointConfigName"]
        arn = self._on.names.arn("endpoint", name)
        variant = self._configs.variant(config)
        self._check(params.get("DeploymentConfig"), variant)
        with self._lock:
            if name.lower() in self._endpoints:
                raise invalid(f'Cannot create already existing endpoint "{arn}".')
            endpoint = Endpoint(
                name=name,
                arn=arn,
                config=config,
                variant=variant,
                created=datetime.now(UTC),
                deployment_config=params.get("DeploymentConfig"),
            )
            self._endpoints[name.lower()] = endpoint
        self._on.tags.put(arn, params.get("Tags", []))
        self.announce(name)
        self._on.begin(lambda: self._come_up(endpoint))
        return {"EndpointArn": arn}

    def _update(self, params: Json) -> Json:
        with self._lock:
            endpoint = self.get(params["EndpointName"])
            config = params["EndpointConfigName"]
            variant = self._configs.variant(config)
            if endpoint.status == "Failed":
                raise invalid(f'Cannot update failed endpoint "{endpoint.arn}".')
            if endpoint.status != "InService":
                raise invalid(f'Cannot update in-progress endpoint "{endpoint.arn}".')
            # An update needs the configuration that it leaves, too.
            self._configs.get(endpoint.config)
            asked = params.get("DeploymentConfig")
            if params.get("RetainDeploymentConfig"):
                asked = endpoint.deployment_config
            self._check(asked, variant)
            endpoint.deployment_config = asked
            endpoint.pending, endpoint.pending_since = config, datetime.now(UTC)
            endpoint.becomes("Updating")
        self.announce(endpoint.name)
        self._on.begin(lambda: self._change(endpoint, config, variant))
        return {"EndpointArn": endpoint.arn}

    def _check(self, config: Json | None, variant: Json) -> None:
        if wrong := refused(config, variant.get("InitialInstanceCount", 1)):
            raise invalid(wrong)

    def _delete(self, params: Json) -> Json:
        with self._lock:
            endpoint = self.get(params["EndpointName"])
            if endpoint.status not in ("InService", "Failed"):
                raise invalid(f'Cannot update in-progress endpoint "{endpoint.arn}".')
            endpoint.becomes("Deleting")
            endpoint.gone.set()
        self.announce(endpoint.name)
        self._on.begin(lambda: self._go(endpoint))
        return {}

    def _list(self, params: Json) -> Json:
        summaries = (endpoint.summary() for endpoint in self._endpoints.values())
        return listed(summaries, params, into="Endpoints", kind="Endpoint", order="Descending")

    # --- what goes on behind it ------------------------------------------------------------------
    def _come_up(self, endpoint: Endpoint) -> None:
        try:
            fleet = self._fleets.bring_up(endpoint.name, endpoint.config)
        except FleetFailed as error:
            self._becomes(endpoint, "Failed", str(error))
            return
        endpoint.settle(fleet)
        if endpoint.gone.is_set():
            self._stop(endpoint, None)
        self._becomes(endpoint, "InService")

    def _change(self, endpoint: Endpoint, config: str, variant: Json) -> None:
        asked = deployment(
            endpoint.deployment_config, variant.get("InitialInstanceCount", 1), self._minute
        )
        try:
            green = self._fleets.bring_up(endpoint.name, config)
        except FleetFailed as error:
            # The service says why as long as nothing else is tried.
            self._take_back(endpoint, str(error))
            return
        try:
            endpoint.take(green)
            self._shift(endpoint, green, asked)
        except _TakenBack:
            # Of an alarm it says nothing: only the configuration in force tells.
            self._take_back(endpoint, "")
            return
        endpoint.config, endpoint.variant = config, variant
        endpoint.pending = ""
        self._stop(endpoint, green)
        self._becomes(endpoint, "InService")

    def _shift(self, endpoint: Endpoint, green: Fleet, asked: Deployment) -> None:
        """Raises `_TakenBack`."""
        for step in asked.steps:
            endpoint.shift(step.share)
            until = time.monotonic() + step.seconds
            while True:
                self._look(green, asked)
                left = until - time.monotonic()
                if left <= 0:
                    break
                if endpoint.gone.wait(min(left, _TICK)):
                    raise _TakenBack("the stand-in ends")

    def _look(self, green: Fleet, asked: Deployment) -> None:
        if not asked.alarms:
            return
        try:
            alarming = green.role().alarming(asked.alarms)
        except ClientError as error:
            raise _TakenBack(f"the alarms cannot be looked at: {error}") from error
        if alarming:
            raise _TakenBack(f"gone off: {', '.join(alarming)}")

    def _take_back(self, endpoint: Endpoint, reason: str) -> None:
        endpoint.pending = ""
        self._becomes(endpoint, "RollingBack", reason)
        self._stop(endpoint, endpoint.blue)
        self._becomes(endpoint, "InService", reason)

    def _go(self, endpoint: Endpoint) -> None:
        self._stop(endpoint, None)
        with self._lock:
            del self._endpoints[endpoint.name.lower()]
        self._on.tags.forget(endpoint.arn)

    def _stop(self, endpoint: Endpoint, stays: Fleet | None) -> None:
        for fleet in endpoint.settle(stays):
            fleet.stop()

    def _becomes(self, endpoint: Endpoint, status: str, reason: str = "") -> None:
        if endpoint.gone.is_set():
            return
        endpoint.becomes(status, reason[:_LONGEST_REASON])
        self.announce(endpoint.name)
