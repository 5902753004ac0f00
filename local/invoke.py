"""`sam local invoke` with the sample events, against the embedded engine.

Needs a container engine. The functions run in AWS's own runtime image and reach the engine on
this machine, as they reach AWS when deployed.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

from local import build, consolidation_sample
from local.stack import STACK, Stack

EVENTS = build.ROOT / "events"
_ROW = re.compile(r"^\| `(?P<file>\w+\.json)` \| (?P<function>[A-Z]\w+) \|$", re.MULTILINE)
_VARIABLES = re.compile(r"^ +Variables:\n(?=(?P<indent> +)\S)", re.MULTILINE)
_AT_ONCE = 4
_BEGINS = "message_received.json"
"""Begins the conversation that other samples speak of."""
_BRIDGE = "172.17.0.1"
_CONSOLIDATES = "post_annotation.json"
_FAILED = "errorMessage"


@dataclass(frozen=True)
class Outcome:
    event: str
    function: str
    answer: str
    ok: bool


def targets() -> dict[str, str]:
    """Which function each sample goes to, as the table in `events/README.md` says."""
    text = (EVENTS / "README.md").read_text()
    return {row["file"]: row["function"] for row in _ROW.finditer(text)}


def main() -> int:
    parser = argparse.ArgumentParser(prog="make invoke", description=__doc__)
    parser.add_argument("event", nargs="?", type=Path)
    parser.add_argument("--all", action="store_true")
    options = parser.parse_args()
    if not _container_engine():
        print("invoke: `sam local invoke` needs Docker, which does not run here.", file=sys.stderr)
        return 0 if options.all else 1
    chosen = targets()
    if not options.all:
        name = options.event.name if options.event else ""
        if name not in chosen:
            print(f"invoke: choose one of {', '.join(chosen)}.", file=sys.stderr)
            return 1
        chosen = {name: chosen[name]}
    off = {"PagesModule": "off"}
    with Stack(port=0, parameters=lambda _: off) as stack, _Forwarder(stack.engine.port):
        template = _with_endpoint()
        pairs = sorted(chosen.items(), key=lambda pair: pair[0] != _BEGINS)
        outcomes = [_invoke(stack, template, *pairs[0])]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            outcomes += pool.map(lambda pair: _invoke(stack, template, *pair), pairs[1:])
    for outcome in outcomes:
        mark = "ok    " if outcome.ok else "FAILED"
        print(f"{mark} {outcome.function:20} {outcome.event:28} {outcome.answer[:120]}")
    failed = sum(not outcome.ok for outcome in outcomes)
    print(f"{len(outcomes) - failed} passed, {failed} failed")
    return 1 if failed else 0


def _container_engine() -> bool:
    docker = shutil.which("docker")
    if docker is None:
        return False
    return subprocess.run([docker, "version"], capture_output=True, check=False).returncode == 0


def _with_endpoint() -> Path:
    """The built template with one more variable for each function, where it finds its AWS.

    `sam local invoke` sets only variables that the template declares.
    """
    built = build.BUILT / "template.yaml"
    text = _VARIABLES.sub(r"\g<0>\g<indent>AWS_ENDPOINT_URL: ''\n", built.read_text())
    template = build.BUILT / "invoke.yaml"
    template.write_text(text)
    return template


def _invoke(stack: Stack, template: Path, name: str, function: str) -> Outcome:
    environment = _environment(stack, function)
    if name == _CONSOLIDATES:
        consolidation_sample.put(stack, EVENTS, environment)
    with (
        tempfile.NamedTemporaryFile("w", suffix=".json") as variables,
        tempfile.NamedTemporaryFile("w", suffix=".json") as event,
    ):
        json.dump({function: environment}, variables)
        variables.flush()
        # A sample speaks of the function's own bucket by the variable's name.
        event.write(Template((EVENTS / name).read_text()).safe_substitute(environment))
        event.flush()
        done = subprocess.run(
            [
                str(build.SAM), "local", "invoke", function,
                "--template", str(template),
                "--event", event.name,
                "--env-vars", variables.name,
                "--skip-pull-image",
                "--add-host", "host.docker.internal:host-gateway",
                "--region", "us-east-1",
            ],
            cwd=build.ROOT,
            env={
                **build.environment(),
                "AWS_ACCESS_KEY_ID": "test",
                "AWS_SECRET_ACCESS_KEY": "test",
            },
            capture_output=True,
            text=True,
            check=False,
        )  # fmt: skip
    # `sam local invoke` exits with 0 also when the function failed: what it printed decides.
    lines = done.stdout.strip().splitlines()
    answer = lines[-1] if lines else ""
    ok = done.returncode == 0 and _is_json(answer) and _FAILED not in answer
    return Outcome(name, function, answer if ok else f"{answer} {done.stderr[-1500:]}", ok)


def _environment(stack: Stack, function: str) -> dict[str, str]:
    """The deployed function's own variables, and the engine as its AWS."""
    resource = stack.client("cloudformation").describe_stack_resource(
        StackName=STACK, LogicalResourceId=function
    )["StackResourceDetail"]["PhysicalResourceId"]
    configuration = stack.client("lambda").get_function_configuration(FunctionName=resource)
    deployed: dict[str, str] = configuration["Environment"]["Variables"]
    return {**deployed, "AWS_ENDPOINT_URL": f"http://host.docker.internal:{stack.engine.port}"}


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


class _Forwarder:
    """Lets containers reach the engine, which listens on the loopback interface only: forwards the
    same port of the container bridge's address, which is this machine's as well."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> None:
        address = os.environ.get("TANDEM_BRIDGE", _BRIDGE)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "local.forward", address, str(self._port)], cwd=build.ROOT
        )

    def __exit__(self, *_: Any) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(5)


if __name__ == "__main__":
    sys.exit(main())
