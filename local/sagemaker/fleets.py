"""The fleets behind endpoints: instances that serve one model. A process stands for all of them."""

import itertools
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from local.sagemaker.account import Account
from local.sagemaker.endpoint_configs import EndpointConfigs
from local.sagemaker.errors import ServiceError
from local.sagemaker.model_folder import fetch_model
from local.sagemaker.models import Models
from local.sagemaker.roles import Role
from local.sagemaker.serving import NotServed, Said, ServedModel

type Json = dict[str, Any]


class FleetFailed(Exception):
    """It does not come up; the text is the endpoint's FailureReason."""


@dataclass(frozen=True)
class Fleet:
    """Of an endpoint configuration. `role`: of its model; the service looks at alarms with it."""

    config: str
    variant: Json
    role: Callable[[], Role]
    model: ServedModel
    folder: Path

    @property
    def size(self) -> int:
        return int(self.variant.get("InitialInstanceCount", 1))

    def ask(self, body: bytes, content_type: str, accept: str) -> Said:
        """Raises `NoAnswer`."""
        return self.model.ask(body, content_type, accept)

    def stop(self) -> None:
        self.model.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


class Fleets:
    """Brings fleets up. `python` says which interpreter serves models, if any."""

    def __init__(
        self,
        account: Account,
        models: Models,
        configs: EndpointConfigs,
        folder: Path,
        python: Callable[[], Path | None],
    ) -> None:
        self._on = account
        self._models = models
        self._configs = configs
        self._folder = folder
        self._python = python
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def bring_up(self, endpoint: str, config: str) -> Fleet:
        """Raises `FleetFailed`."""
        if fault := self._on.faults.take("endpoint_fails", f"{endpoint} {config}"):
            raise FleetFailed(fault.message or _unhealthy("AllTraffic"))
        try:
            variant = self._configs.variant(config)
            model = self._models.get(variant["ModelName"])
            uri = self._models.data_uri(variant["ModelName"])
        except ServiceError as error:
            raise FleetFailed(error.message) from error
        arn = model["ExecutionRoleArn"]
        folder = self._place(endpoint)
        logs = self._folder / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        try:
            fetch_model(self._on.assume(arn), uri, folder)
            served = ServedModel.start(
                self._python(), folder, logs / f"{endpoint}-{config}.log", _environment(model)
            )
        except (ClientError, ValueError) as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise FleetFailed(
                f"Failed to download model data for container primary from URL: {uri}. Please "
                f"ensure that there is an object at the URL and that the role {arn} may read it. "
                f"({error})"
            ) from error
        except NotServed as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise FleetFailed(f"{_unhealthy(variant['VariantName'])} ({error})") from error
        return Fleet(config, variant, lambda: self._on.assume(arn), served, folder)

    def _place(self, endpoint: str) -> Path:
        with self._lock:
            return self._folder / "models" / f"{endpoint}-{next(self._numbers)}"


def _environment(model: Json) -> dict[str, str]:
    container = model.get("PrimaryContainer") or model["Containers"][0]
    environment: dict[str, str] = container.get("Environment", {})
    return environment


def _unhealthy(variant: str) -> str:
    return (
        f"The primary container for production variant {variant} did not pass the ping health "
        "check. Please check CloudWatch logs for this endpoint."
    )
