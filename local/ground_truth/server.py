"""Ground Truth's part of the SageMaker stand-in: labelling jobs, and the workers' page.

    POST /                        CreateLabelingJob, DescribeLabelingJob, ListLabelingJobs,
                                  StopLabelingJob
    GET  /worker                  the jobs that have tasks
    GET  /worker/{job}?worker=w   the next task of a worker, in the job's own template
    POST /worker/{job}/{object}   the worker's answer

and, for tests,

    POST /_tandem/faults          {"events": 1, "fail_at_batch": null}, see `faults.Faults`
    POST /_tandem/jobs/{job}/expire     the time for its tasks is over
    POST /_tandem/jobs/{job}/announce   the state-change event, (once) more
"""

import html
import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import parse_qs, quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    HTMLResponse,
    JSONResponse,
    RedirectResponse,
    Response,
)
from starlette.routing import Route

from local.ground_truth import worker_page
from local.ground_truth.faults import Faults
from local.ground_truth.jobs import Answer, Job, Json, LabelingJobs
from local.ground_truth.validation import of_a_custom_job
from local.sagemaker.account import Account
from local.sagemaker.errors import ServiceError, invalid

_EVENT = "SageMaker Ground Truth Labeling Job State Change"

_HEAD = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>Tasks</title>'
    # Without one, a browser asks for it at an address that is not there.
    '<link rel="icon" href="data:,">'
)


class GroundTruth:
    """The state behind operations and routes."""

    def __init__(self, account: Account) -> None:
        self._on = account
        self._faults = Faults()
        self._jobs = LabelingJobs(
            account.assume,
            lambda arn, detail: account.send(_EVENT, arn, detail),
            self._faults,
            account.begin,
        )
        self._accepted: dict[tuple[str, int, str], datetime] = {}
        self._lock = threading.Lock()

    def operations(self) -> dict[str, Callable[[Json], Json]]:
        return {
            "CreateLabelingJob": self._create,
            "DescribeLabelingJob": self._describe,
            "ListLabelingJobs": self._list_jobs,
            "StopLabelingJob": self._stop,
        }

    def routes(self) -> list[Route]:
        return [
            Route("/crowd.js", lambda _: FileResponse(worker_page.CROWD_JS)),
            Route("/worker", self._list),
            Route("/worker/{job}", self._task),
            Route("/worker/{job}/{number:int}", self._answer, methods=["POST"]),
            Route("/_tandem/faults", self._set_faults, methods=["POST"]),
            Route("/_tandem/jobs/{job}/expire", self._expire, methods=["POST"]),
            Route("/_tandem/jobs/{job}/announce", self._announce, methods=["POST"]),
        ]

    # --- SageMaker's API -------------------------------------------------------------------------
    def _create(self, params: Json) -> Json:
        if wrong := of_a_custom_job(params):
            raise invalid(wrong)
        arn = self._on.names.arn("labeling-job", params["LabelingJobName"])
        self._jobs.create(params, arn)
        self._on.tags.put(arn, params.get("Tags", []))
        return {"LabelingJobArn": arn}

    def _describe(self, params: Json) -> Json:
        return _described(self._jobs.get(params["LabelingJobName"]))

    def _list_jobs(self, params: Json) -> Json:
        wanted = params.get("NameContains", "")
        jobs = [job for job in self._jobs.all() if wanted in job.name]
        return {"LabelingJobSummaryList": [_summary(job) for job in jobs]}

    def _stop(self, params: Json) -> Json:
        self._jobs.stop(params["LabelingJobName"])
        return {}

    # --- the workers -----------------------------------------------------------------------------
    def _list(self, _: Request) -> Response:
        rows = "".join(
            f'<li><a href="/worker/{html.escape(job.name)}?worker=worker-1">'
            f"{html.escape(job.request['HumanTaskConfig']['TaskTitle'])}</a> "
            f"({html.escape(job.name)}, {job.status})</li>"
            for job in self._jobs.all()
        )
        return HTMLResponse(f"{_HEAD}<h1>Tasks</h1><ul>{rows}</ul>")

    def _task(self, request: Request) -> Response:
        worker = request.query_params.get("worker", "worker-1")
        try:
            job = self._jobs.get(request.path_params["job"])
            number = job.waiting_for(worker) if job.status == "InProgress" else None
            if number is None:
                return HTMLResponse(f"{_HEAD}<p>No task is left.</p>")
            page = worker_page.render(
                self._jobs.template(job), dict(job.objects[number].task_input or {})
            )
        except ServiceError as error:
            return HTMLResponse(html.escape(error.message), 404)
        with self._lock:
            self._accepted.setdefault((job.name, number, worker), datetime.now(UTC))
        place = f"/worker/{job.name}/{number}?worker={quote(worker)}"
        # The form of the template has no address of its own.
        redirect = (
            "<script>addEventListener('submit', (e) => { e.target.action = "
            f"{json.dumps(place)}; }}, true);</script>"
        )
        return HTMLResponse(f"{_HEAD}{redirect}{page}")

    async def _answer(self, request: Request) -> Response:
        worker = request.query_params.get("worker", "worker-1")
        name, number = request.path_params["job"], request.path_params["number"]
        form = parse_qs((await request.body()).decode())
        with self._lock:
            accepted = self._accepted.get((name, number, worker), datetime.now(UTC))
        try:
            said = json.loads(form["answer"][0])
        except (KeyError, ValueError):
            return HTMLResponse("The form's field `answer` holds no JSON.", 400)
        answer = Answer(worker, said, accepted, datetime.now(UTC))
        try:
            await run_in_threadpool(self._jobs.answer, name, number, answer)
        except ServiceError as error:
            return HTMLResponse(html.escape(error.message), 409)
        return RedirectResponse(f"/worker/{name}?worker={quote(worker)}", 303)

    # --- for tests -------------------------------------------------------------------------------
    async def _set_faults(self, request: Request) -> Response:
        wanted: Json = await request.json()
        self._faults.set(int(wanted.get("events", 1)), wanted.get("fail_at_batch"))
        return JSONResponse({})

    def _expire(self, request: Request) -> Response:
        return self._told(self._jobs.expire, request)

    def _announce(self, request: Request) -> Response:
        return self._told(self._jobs.announce, request)

    @staticmethod
    def _told(action: Callable[[str], None], request: Request) -> Response:
        try:
            action(request.path_params["job"])
        except ServiceError as error:
            return JSONResponse({"message": error.message}, 404)
        return JSONResponse({})


def _summary(job: Job) -> Json:
    return {
        "LabelingJobName": job.name,
        "LabelingJobArn": job.arn,
        "LabelingJobStatus": job.status,
        "CreationTime": job.created.timestamp(),
        "LastModifiedTime": datetime.now(UTC).timestamp(),
        "LabelCounters": job.counters(),
        "WorkteamArn": job.request["HumanTaskConfig"]["WorkteamArn"],
    }


def _described(job: Job) -> Json:
    described: Json = {
        "LabelingJobStatus": job.status,
        "LabelCounters": job.counters(),
        "CreationTime": job.created.timestamp(),
        "LastModifiedTime": datetime.now(UTC).timestamp(),
        "JobReferenceCode": job.name[:8],
        "LabelingJobName": job.name,
        "LabelingJobArn": job.arn,
        **{
            key: job.request[key]
            for key in (
                "LabelAttributeName", "InputConfig", "OutputConfig", "RoleArn", "HumanTaskConfig",
                "Tags",
            )
            if key in job.request
        },
    }  # fmt: skip
    if job.reason:
        described["FailureReason"] = job.reason
    if job.output_uri:
        described["LabelingJobOutput"] = {"OutputDatasetS3Uri": job.output_uri}
    return described
