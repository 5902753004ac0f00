"""The whole of Tandem on this machine: the real template, deployed into the embedded engine."""

import json
import shutil
import subprocess
import tomllib
import urllib.request
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import boto3

import web.build
import web.publish
import web.stack
from local import build, mailbox
from local.bedrock_process import BedrockProcess
from local.contents import KNOWLEDGE, PASSWORD, SMALL_BASE, USERS, Contents, User
from local.edge import Edge
from local.engine import ACCOUNT_ID, HOST, REGION, Engine
from local.sagemaker import interpreters
from local.sagemaker.server import SageMaker
from local.service import Service

ROOT = build.ROOT
CACHE = ROOT / ".cache"
STACK = "tandem"


class DeployError(RuntimeError):
    """The message is for the person at the terminal."""


class Stack:
    """Starts and deploys everything; ends it without a trace.

    `port` is the engine's; the Bedrock stand-in, the pages and the SageMaker stand-in (with the
    page of Ground Truth's workers) take the three above it. With `port=0` all are free ones.
    `documents` is a folder of Markdown for the knowledge base, `base` the folder of a model that
    weights are trained of: without the trainer's environment, or where the folder is missing, only
    reward models are. `parameters` gives further parameters of the template, once the engine runs;
    with `PagesModule=off` no page is built. `say` is told what is going on.
    """

    def __init__(
        self,
        *,
        port: int = 4566,
        documents: Path = KNOWLEDGE,
        base: Path = SMALL_BASE,
        state: Path = CACHE / "engine",
        parameters: Callable[[Engine], dict[str, str]] = lambda _: {},
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._port = port
        self._documents = documents
        self._base = base
        self._state = state
        self._parameters = parameters
        self._say = say
        self._open = ExitStack()
        self.outputs: dict[str, str] = {}
        self.without_trainer = False
        """Trainings run as where the trainer's environment is not set up."""

    # --- its life --------------------------------------------------------------------------------
    def start(self) -> Self:
        """Raises `EngineError`, `PortInUse`, `BuildError`, `DeployError`, `PublishError`."""
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def _start(self) -> None:
        port = self._port or _free_port()
        self.bedrock = BedrockProcess(port + 1 if self._port else _free_port(), port, self._state)
        self._open.enter_context(self.bedrock)
        address = Engine(port=port, state_dir=self._state)
        # What jobs and endpoints of the last time have left, their logs too.
        shutil.rmtree(self._state / "sagemaker", ignore_errors=True)
        stand_in = SageMaker(
            address.client_settings(),
            ACCOUNT_ID,
            self._state / "sagemaker",
            train_with=self._training_python,
        )
        self.sagemaker = Service(stand_in.app(), port + 3 if self._port else 0)
        self._open.callback(self.sagemaker.stop)
        self.sagemaker.start()
        self.engine = Engine(
            port=port,
            state_dir=self._state,
            bedrock_url=self.bedrock.url,
            sagemaker_url=self.sagemaker.url,
        )
        self._open.enter_context(self.engine)
        self._edge = Edge(self.engine.url)
        mail = mailbox.create_app(self.engine.url)
        self.pages = Service(
            self._edge.app(beside={"/mail": mail, "/api/mail": mail}),
            port + 2 if self._port else 0,
        )
        self._open.callback(self.pages.stop)
        self.pages.start()
        parameters = self._all_parameters()
        with ThreadPoolExecutor() as pool:
            self._say("Building …")
            has_pages = parameters.get("PagesModule") != "off"
            pages = pool.submit(web.build.build) if has_pages else None
            build.build()
            self.bedrock.wait()
            self._say("Deploying …")
            self._deploy(parameters)
            jobs = [
                pool.submit(job)
                for job in (
                    self._contents.add_users,
                    partial(self._contents.put_policies, self._documents),
                    self._add_documents,
                    self._add_base,
                )
            ]
            if pages is not None:
                jobs.append(pool.submit(self._publish_pages, pages))
            for job in jobs:
                job.result()

    def stop(self) -> None:
        self._open.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    # --- what one needs to know of it ------------------------------------------------------------
    @property
    def http_url(self) -> str:
        return self.engine.local_url(self.outputs["HttpUrl"])

    @property
    def websocket_url(self) -> str:
        return self.engine.local_url(self.outputs["WebSocketUrl"])

    @property
    def chat_url(self) -> str:
        return f"{self.pages.url}/"

    @property
    def desk_url(self) -> str:
        return f"{self.pages.url}/desk"

    @property
    def review_url(self) -> str:
        return f"{self.pages.url}/review"

    @property
    def models_url(self) -> str:
        return f"{self.pages.url}/models"

    @property
    def mail_url(self) -> str:
        return f"{self.pages.url}/mail"

    def client(self, service: str) -> Any:
        """A boto3 client of the engine, as its admin."""
        settings: dict[str, Any] = self.engine.client_settings()
        return boto3.client(service, **settings)

    def sign_in(self, user: User = USERS[0]) -> str:
        """An id token of the user pool, for the desk's `Authorization` header."""
        answer = self.client("cognito-idp").admin_initiate_auth(
            UserPoolId=self.outputs["DeskUserPoolId"],
            ClientId=self.outputs["DeskClientId"],
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": user.email, "PASSWORD": PASSWORD},
        )
        return str(answer["AuthenticationResult"]["IdToken"])

    def control_bedrock(self, path: str, body: dict[str, Any]) -> None:
        """Set pace, faults or the knowledge source of the Bedrock stand-in (`POST /_tandem/…`)."""
        request = urllib.request.Request(  # noqa: S310
            f"{self.bedrock.url}/_tandem/{path}",
            json.dumps(body).encode(),
            {"content-type": "application/json"},
        )
        urllib.request.urlopen(request, timeout=60).close()  # noqa: S310

    def train_weights_of(self, base: Path) -> None:
        """The base into the models' bucket, and the stack is told where it is."""
        self._change_parameter("BaseModelUri", self._contents.add_base(base))
        self._say(f"Weights are trained of {base.name}.")

    # --- parts -----------------------------------------------------------------------------------
    def _training_python(self) -> Path:
        return interpreters.apps_own() if self.without_trainer else interpreters.for_training()

    def _all_parameters(self) -> dict[str, str]:
        return {
            **deploy_parameters("local"),
            # A browser finds the pages here, not at the distribution's domain.
            "DeskUrl": self.pages.url,
            "AllowedOrigins": f"{self.pages.url},{self.pages.url.replace(HOST, 'localhost')}",
            **self._parameters(self.engine),
        }

    def _deploy(self, parameters: dict[str, str]) -> None:
        command = [
            str(build.SAM), "deploy", "--stack-name", STACK,
            "--config-file", str(ROOT / "samconfig.toml"), "--config-env", "local",
            "--template-file", str(build.BUILT / "template.yaml"),
            "--no-confirm-changeset", "--no-fail-on-empty-changeset", "--no-progressbar",
            "--parameter-overrides", *[f'{k}="{v}"' for k, v in parameters.items()],
        ]  # fmt: skip
        done = subprocess.run(
            command,
            cwd=ROOT,
            env={**build.environment(), **self.engine.environment()},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            shutil.copy(self.engine.log_path, CACHE / "deploy-failed.log")
            said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-15:])
            raise DeployError(
                "`sam deploy` failed; what it said stands below, the engine's log in "
                f".cache/deploy-failed.log.\n{said}"
            )
        self._deployed = web.stack.describe(self.client("cloudformation"), STACK)
        self.outputs = dict(self._deployed.outputs)
        self._contents = Contents(self.client, self.outputs)

    def _publish_pages(self, built: Future[bool]) -> None:
        on_aws = web.stack.deployment_of(self._deployed, REGION)
        cognito = f"{self.engine.url}/"
        here = replace(
            on_aws,
            http_url=self.http_url,
            websocket_url=self.websocket_url,
            desk=replace(on_aws.desk, endpoint=cognito) if on_aws.desk else None,
        )
        built.result()
        web.publish.publish(
            list(web.publish.files(web.build.DIST, here, cognito if here.desk else None)),
            outputs=self.outputs,
            s3=self.client("s3"),
            cloudfront=self.client("cloudfront"),
            now=datetime.now(UTC),
        )
        self._edge.serve(self.outputs["PagesDomainName"])

    def _add_documents(self) -> None:
        count = self._contents.add_documents(self._documents)
        if not count:
            raise DeployError(f"There is no Markdown (*.md) in {self._documents}.")
        bucket = self.outputs["KnowledgeBucketName"]
        self.control_bedrock(
            "knowledge", {"bucket": bucket, "prefix": "", "endpoint_url": self.engine.url}
        )
        self._say(f"{count} documents are in the knowledge base.")

    def _add_base(self) -> None:
        trainable = interpreters.trainer() is not None and (self._base / "config.json").is_file()
        if trainable and "ModelsBucketName" in self.outputs:
            self.train_weights_of(self._base)

    def _change_parameter(self, name: str, value: str) -> None:
        """Deploys the same template with another value."""
        cloudformation = self.client("cloudformation")
        (stack,) = cloudformation.describe_stacks(StackName=STACK)["Stacks"]
        cloudformation.update_stack(
            StackName=STACK,
            UsePreviousTemplate=True,
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
            Parameters=[
                {"ParameterKey": name, "ParameterValue": value},
                *(
                    {"ParameterKey": each["ParameterKey"], "UsePreviousValue": True}
                    for each in stack["Parameters"]
                    if each["ParameterKey"] != name
                ),
            ],
        )
        cloudformation.get_waiter("stack_update_complete").wait(
            StackName=STACK, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
        )


def deploy_parameters(profile: str) -> dict[str, str]:
    """The parameter overrides of a profile in samconfig.toml."""
    with (ROOT / "samconfig.toml").open("rb") as file:
        given = tomllib.load(file)[profile]["deploy"]["parameters"]["parameter_overrides"]
    pairs = given if isinstance(given, list) else given.split()
    return {name: value.strip('"') for name, _, value in (pair.partition("=") for pair in pairs)}


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
