"""What tests ask of the SageMaker stand-in beside what AWS has.

GET POST DELETE  /_tandem/tuning/faults                     failures on request, see `faults`
POST             /_tandem/training-jobs/{name}/interrupt    its instance is taken away, now
POST             /_tandem/training-jobs/{name}/announce     the event of its state, (once) more
GET              /_tandem/training-jobs/{name}/log          what it has written
POST             /_tandem/model-packages/{group}/{version}/announce
POST             /_tandem/endpoints/{name}/announce
"""

from collections.abc import Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from local.sagemaker.endpoints import Endpoints
from local.sagemaker.errors import ServiceError
from local.sagemaker.faults import Faults, UnknownFaultError
from local.sagemaker.model_packages import ModelPackages
from local.sagemaker.training_jobs import TrainingJobs


class Controls:
    def __init__(
        self, faults: Faults, jobs: TrainingJobs, packages: ModelPackages, endpoints: Endpoints
    ) -> None:
        self._faults = faults
        self._jobs = jobs
        self._packages = packages
        self._endpoints = endpoints

    def routes(self) -> list[Route]:
        return [
            Route("/_tandem/tuning/faults", self._arm, methods=["GET", "POST", "DELETE"]),
            _on("/_tandem/training-jobs/{name}/interrupt", self._jobs.interrupt),
            _on("/_tandem/training-jobs/{name}/announce", self._jobs.announce),
            Route("/_tandem/training-jobs/{name}/log", self._log),
            _on("/_tandem/model-packages/{name:path}/announce", self._packages.announce),
            _on("/_tandem/endpoints/{name}/announce", self._endpoints.announce),
        ]

    async def _arm(self, request: Request) -> Response:
        if request.method == "POST":
            asked: dict[str, Any] = await request.json()
            try:
                self._faults.arm(asked)
            except UnknownFaultError as error:
                return JSONResponse({"message": str(error)}, 400)
        elif request.method == "DELETE":
            self._faults.clear()
        return JSONResponse({"faults": self._faults.armed()})

    def _log(self, request: Request) -> Response:
        try:
            return PlainTextResponse(self._jobs.log(request.path_params["name"]))
        except ServiceError as error:
            return JSONResponse({"message": error.message}, 404)


def _on(path: str, action: Callable[[str], None]) -> Route:
    """A route that does something with what it names."""

    async def told(request: Request) -> Response:
        try:
            await run_in_threadpool(action, request.path_params["name"])
        except ServiceError as error:
            return JSONResponse({"message": error.message}, 404)
        return JSONResponse({})

    return Route(path, told, methods=["POST"])
