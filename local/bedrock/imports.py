"""Custom model import: jobs that bring a model from S3, and the models that they bring.

https://docs.aws.amazon.com/bedrock/latest/userguide/model-customization-import-model.html
"""

import json
import secrets
import shutil
import string
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from local.bedrock.imported_model import ImportedModel
from local.bedrock.model import Json
from local.bedrock.wire import WireError, check_request, validation_error
from local.sagemaker.account import Begin, in_a_thread
from local.sagemaker.model_folder import fetch_model
from local.sagemaker.roles import Assume
from local.sagemaker.serving import NotServed, ServedModel

OPERATION = "CreateModelImportJob"
_SERVICE = "bedrock"
_HEADS = 4
_PAGE = 100
_ALPHABET = string.ascii_lowercase + string.digits


@dataclass
class Job:
    """An import. `fields`: as GetModelImportJob gives them; `tags`: of the model that it brings."""

    arn: str
    model_arn: str
    fields: Json
    token: str
    tags: list[Json]

    @property
    def name(self) -> str:
        return str(self.fields["jobName"])


@dataclass
class Imported:
    """A model. `fields`: as GetImportedModel gives them."""

    arn: str
    fields: Json
    tags: list[Json]
    model: ImportedModel


class NotImportable(Exception):
    """What lies in S3 is no model that the service takes; the text says why."""


class Imports:
    """All jobs and models of an account. `assume` gives what a role may do, `python` the
    interpreter that serves models, if there is one; `folder` is for their files."""

    def __init__(
        self,
        region: str,
        account: str,
        assume: Assume,
        *,
        python: Callable[[], Path | None],
        folder: Path,
        begin: Begin = in_a_thread,
    ) -> None:
        self._arn = f"arn:aws:bedrock:{region}:{account}:"
        self._assume = assume
        self._python = python
        self._folder = folder
        self._run = begin
        self._jobs: dict[str, Job] = {}
        self._models: dict[str, Imported] = {}
        self._lock = threading.RLock()

    # --- the API ---------------------------------------------------------------------------------
    def create_job(self, body: Json, fails: str = "") -> Json:
        """`fails`: the job is to fail, with this message. Raises `WireError`."""
        check_request(_SERVICE, OPERATION, body)
        uri = body["modelDataSource"].get("s3DataSource", {}).get("s3Uri", "")
        if not uri.startswith("s3://"):
            raise validation_error("modelDataSource.s3DataSource.s3Uri must be given.")
        token = str(body.get("clientRequestToken", ""))
        with self._lock:
            known = [job for job in self._jobs.values() if token and job.token == token]
            if known:
                return {"jobArn": known[0].arn}
            self._not_twice(body)
            job = self._made(body, token)
            self._jobs[job.arn] = job
        self._run(lambda: self._import(job, uri, fails))
        return {"jobArn": job.arn}

    def job(self, identifier: str) -> Json:
        """By ARN or name. Raises `WireError`."""
        return self._find(self._jobs, identifier, "jobName").fields

    def jobs(self, query: Mapping[str, str]) -> Json:
        told = ("jobArn", "jobName", "status", "lastModifiedTime", "creationTime", "endTime",
                "importedModelArn", "importedModelName")  # fmt: skip
        found = [each.fields for each in self._jobs.values()]
        return _page(found, query, "jobName", told, "modelImportJobSummaries")

    def model(self, identifier: str) -> Json:
        """By ARN or name. Raises `WireError`."""
        return self._find(self._models, identifier, "modelName").fields

    def models(self, query: Mapping[str, str]) -> Json:
        told = ("modelArn", "modelName", "creationTime", "instructSupported", "modelArchitecture")
        found = [each.fields for each in self._models.values()]
        return _page(found, query, "modelName", told, "modelSummaries")

    def tags(self, body: Json) -> Json:
        """Of a model. Raises `WireError`."""
        check_request(_SERVICE, "ListTagsForResource", body)
        return {"tags": self._find(self._models, body["resourceARN"], "modelName").tags}

    async def delete_model(self, identifier: str) -> Json:
        """Raises `WireError`."""
        with self._lock:
            found = self._find(self._models, identifier, "modelName")
            del self._models[found.arn]
        await found.model.close()
        shutil.rmtree(self._place(found.arn), ignore_errors=True)
        return {}

    def answering(self, model_id: str) -> ImportedModel | None:
        """Who answers for a model id; None where it is no imported model's. Raises `WireError` for
        one that is not (or no longer) there."""
        if ":imported-model/" not in model_id:
            return None
        if found := self._models.get(model_id):
            return found.model
        raise WireError(404, "ResourceNotFoundException", "The imported model was not found.")

    async def close(self) -> None:
        while self._models:
            _, imported = self._models.popitem()
            await imported.model.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    # --- a job -----------------------------------------------------------------------------------
    def _not_twice(self, body: Json) -> None:
        if any(job.name == body["jobName"] for job in self._jobs.values()):
            raise WireError(400, "ConflictException", "The job name is in use by another job.")
        name = body["importedModelName"]
        if any(each.fields["modelName"] == name for each in self._models.values()):
            raise WireError(400, "ConflictException", "The model name is in use.")

    def _made(self, body: Json, token: str) -> Job:
        arn, now = f"{self._arn}model-import-job/{_new_id()}", _now()
        fields = {
            **{
                name: body[name]
                for name in ("jobName", "importedModelName", "roleArn", "modelDataSource")
            },
            "jobArn": arn,
            "status": "InProgress",
            "creationTime": now,
            "lastModifiedTime": now,
        }
        if "vpcConfig" in body:
            fields["vpcConfig"] = body["vpcConfig"]
        return Job(
            arn,
            f"{self._arn}imported-model/{_new_id()}",
            fields,
            token,
            body.get("importedModelTags", []),
        )

    def _import(self, job: Job, uri: str, fails: str) -> None:
        folder = self._place(job.model_arn)
        try:
            if fails:
                raise NotImportable(fails)
            fetch_model(self._assume(job.fields["roleArn"]), f"{uri.rstrip('/')}/", folder)
            architecture = _architecture(folder)
            served = ServedModel.start(self._python(), folder, folder.with_suffix(".log"))
        except (ClientError, ValueError, NotImportable, NotServed) as error:
            shutil.rmtree(folder, ignore_errors=True)
            self._ends(job, "Failed", failureMessage=str(error)[:2048])
            return
        name = job.fields["importedModelName"]
        fields = {
            "modelArn": job.model_arn,
            "modelName": name,
            "jobName": job.name,
            "jobArn": job.arn,
            "modelDataSource": job.fields["modelDataSource"],
            "creationTime": _now(),
            "modelArchitecture": architecture,
            # Converse is answered for any of them here.
            "instructSupported": True,
            "customModelUnits": {
                "customModelUnitsPerModelCopy": 1,
                "customModelUnitsVersion": "v1.0",
            },
        }
        model = ImportedModel(name, served)
        self._models[job.model_arn] = Imported(job.model_arn, fields, job.tags, model)
        self._ends(job, "Completed", importedModelArn=job.model_arn)

    def _ends(self, job: Job, status: str, **more: str) -> None:
        now = _now()
        job.fields |= {"status": status, "lastModifiedTime": now, "endTime": now, **more}

    def _find[T: (Job, Imported)](self, of: dict[str, T], identifier: str, name: str) -> T:
        found = of.get(identifier)
        if found is not None:
            return found
        for each in of.values():
            if each.fields[name] == identifier:
                return each
        raise WireError(404, "ResourceNotFoundException", f"{identifier} was not found.")

    def _place(self, arn: str) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True)
        return self._folder / arn.rpartition("/")[2]


def _architecture(folder: Path) -> str:
    """What a model's config.json says of it. Raises `NotImportable`."""
    try:
        config: dict[str, Any] = json.loads((folder / "config.json").read_text())
    except (OSError, ValueError):
        raise NotImportable("Required file config.json was not found, or is no JSON.") from None
    if not any(folder.glob("*.safetensors")):
        raise NotImportable("The model has no weights in the safetensors format.")
    heads = config.get("num_heads", config.get("num_attention_heads", _HEADS))
    if heads % _HEADS:
        raise NotImportable(f"The number of attention heads, {heads}, is no multiple of {_HEADS}.")
    architectures = config.get("architectures") or [config.get("model_type", "unknown")]
    return str(architectures[0])


def _page(
    found: list[Json], query: Mapping[str, str], name: str, told: tuple[str, ...], into: str
) -> Json:
    wanted = [
        {key: each[key] for key in told if key in each}
        for each in found
        if query.get("nameContains", "") in each[name]
        and query.get("statusEquals") in (None, each.get("status"))
    ]
    wanted.sort(
        key=lambda each: each["creationTime"], reverse=query.get("sortOrder") != "Ascending"
    )
    first = int(query.get("nextToken", 0))
    after = first + int(query.get("maxResults", _PAGE))
    page: Json = {into: wanted[first:after]}
    if after < len(wanted):
        page["nextToken"] = str(after)
    return page


def _new_id() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(12))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
