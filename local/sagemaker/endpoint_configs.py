"""Endpoint configurations: which model is served by what. They never change."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from local.sagemaker.account import Account
from local.sagemaker.errors import invalid
from local.sagemaker.listing import listed
from local.sagemaker.models import Models

type Json = dict[str, Any]


class EndpointConfigs:
    def __init__(self, account: Account, models: Models) -> None:
        self._on = account
        self._models = models
        self._configs: dict[str, Json] = {}
        self._lock = threading.Lock()

    def operations(self) -> dict[str, Callable[[Json], Json]]:
        return {
            "CreateEndpointConfig": self._create,
            "DescribeEndpointConfig": lambda params: self.get(params["EndpointConfigName"]),
            "DeleteEndpointConfig": self._delete,
            "ListEndpointConfigs": self._list,
        }

    def get(self, name: str) -> Json:
        """As DescribeEndpointConfig gives it. Raises `ServiceError`."""
        config = self._configs.get(name.lower())
        if config is None:
            arn = self._on.names.arn("endpoint-config", name)
            raise invalid(f'Could not find endpoint configuration "{arn}".')
        return config

    def variant(self, name: str) -> Json:
        """The one production variant. Raises `ServiceError`."""
        variant: Json = self.get(name)["ProductionVariants"][0]
        return variant

    def _create(self, params: Json) -> Json:
        name = params["EndpointConfigName"]
        arn = self._on.names.arn("endpoint-config", name)
        if len(params["ProductionVariants"]) != 1:
            raise invalid("The local engine serves endpoints of one production variant.")
        variant = params["ProductionVariants"][0]
        if "ModelName" not in variant:
            raise invalid("The local engine has no inference components: give a ModelName.")
        if "ServerlessConfig" not in variant and "InstanceType" not in variant:
            raise invalid("InstanceType and InitialInstanceCount, or ServerlessConfig, are needed.")
        self._models.get(variant["ModelName"])
        with self._lock:
            if name.lower() in self._configs:
                raise invalid(f'Cannot create already existing endpoint configuration "{arn}".')
            self._configs[name.lower()] = {
                **{key: value for key, value in params.items() if key != "Tags"},
                "EndpointConfigArn": arn,
                "CreationTime": datetime.now(UTC).timestamp(),
            }
        self._on.tags.put(arn, params.get("Tags", []))
        return {"EndpointConfigArn": arn}

    def _delete(self, params: Json) -> Json:
        arn = self.get(params["EndpointConfigName"])["EndpointConfigArn"]
        self._configs.pop(params["EndpointConfigName"].lower(), None)
        self._on.tags.forget(arn)
        return {}

    def _list(self, params: Json) -> Json:
        told = ("EndpointConfigName", "EndpointConfigArn", "CreationTime")
        configs = ({name: config[name] for name in told} for config in self._configs.values())
        return listed(
            configs, params, into="EndpointConfigs", kind="EndpointConfig", order="Descending"
        )
