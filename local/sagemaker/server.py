"""The SageMaker stand-in on one port.

    POST /                             its API: training jobs, the model registry, models, endpoints
                                       and their configurations, tags, labelling jobs
    POST /endpoints/{name}/invocations InvokeEndpoint, of SageMaker Runtime
    …                                  the workers' page, see `local.ground_truth.server`

and, for tests, what stands in `controls` and in `local.ground_truth.server`.

Signatures are not checked here: the engine has done so, and asked IAM.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool

from local.ground_truth.server import GroundTruth
from local.sagemaker import interpreters
from local.sagemaker.account import Account, Begin, in_a_thread
from local.sagemaker.api import Api
from local.sagemaker.controls import Controls
from local.sagemaker.endpoint_configs import EndpointConfigs
from local.sagemaker.endpoints import Endpoints
from local.sagemaker.events import Send, event_sender, with_faults
from local.sagemaker.faults import Faults
from local.sagemaker.fleets import Fleets
from local.sagemaker.invocations import Invocations
from local.sagemaker.model_packages import ModelPackages
from local.sagemaker.models import Models
from local.sagemaker.names import Names
from local.sagemaker.roles import Assume, assume
from local.sagemaker.tags import Tags
from local.sagemaker.training_jobs import TrainingJobs


class SageMaker:
    """`settings` are those of boto3 clients that reach the engine. `folder` is for what jobs and
    endpoints need, and for their logs. `train_with` and `serve_with` say which interpreters run
    jobs and models. `minute`: seconds that stand for a minute of the service's waiting.
    `operations`: of its API."""

    def __init__(
        self,
        settings: dict[str, Any],
        account: str,
        folder: Path,
        *,
        roles: Assume | None = None,
        send: Send | None = None,
        begin: Begin = in_a_thread,
        train_with: Callable[[], Path] = interpreters.for_training,
        serve_with: Callable[[], Path | None] = interpreters.trainer,
        minute: float = 1.0,
        grace: float = 10.0,
        tick: float = 0.2,
    ) -> None:
        self._faults = Faults()
        on = Account(
            names=Names(settings["region_name"], account),
            tags=Tags(),
            assume=roles or assume(settings),
            send=with_faults(send or event_sender(settings), self._faults),
            faults=self._faults,
            begin=begin,
        )
        self._labelling = GroundTruth(on)
        self._jobs = TrainingJobs(
            on, folder / "training", python=train_with, grace=grace, tick=tick
        )
        self._packages = ModelPackages(on)
        models = Models(on, self._packages)
        configs = EndpointConfigs(on, models)
        fleets = Fleets(on, models, configs, folder / "endpoints", serve_with)
        self._endpoints = Endpoints(on, configs, fleets, minute=minute)
        self._invocations = Invocations(on, self._endpoints)
        self.operations = {
            **self._labelling.operations(),
            **self._jobs.operations(),
            **self._packages.operations(),
            **models.operations(),
            **configs.operations(),
            **self._endpoints.operations(),
            **on.tags.operations(),
        }

    def app(self) -> Starlette:
        @asynccontextmanager
        async def lifespan(_app: Starlette) -> AsyncIterator[None]:
            try:
                yield
            finally:
                await run_in_threadpool(self.close)

        controls = Controls(self._faults, self._jobs, self._packages, self._endpoints)
        return Starlette(
            routes=[
                *Api(self.operations, self._faults).routes(),
                *self._invocations.routes(),
                *self._labelling.routes(),
                *controls.routes(),
            ],
            lifespan=lifespan,
        )

    def close(self) -> None:
        """End the processes that train and serve."""
        self._jobs.close()
        self._endpoints.close()
