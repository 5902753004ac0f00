"""Cold starts and package sizes of a built template.

    python -m benchmarks.cold_start [.aws-sam/build] [--rounds 15] [--json]

For each function a fresh interpreter imports the handler's module, with `sys.path` as on Lambda
(the function's code, then its layers, nothing installed) and environment variables as the template
declares them. Right before it a bare process makes a boto3 client for Bedrock from the same layer.
What is reported is the median of the ratio within such pairs, taken in turns over all functions, so
that a busy machine slows both; the ratio of CPU time is the steadier of the two figures. Times are
from before the import to after it: the interpreter's own start, the download of the package and
Lambda's own work are not in them, and files are in the page cache.

A figure above its target is printed, not an error. The exit status is 1 when something could not be
measured: no build, a handler that does not import, or one that opens a connection while it does.
"""

import argparse
import json
import re
import statistics
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

TARGET = 1.6
TARGET_WITH_LANGCHAIN = 2.3
UNZIPPED_LIMIT_MIB = 250
"""Lambda's limit for a function and its layers together."""

BARE = "Bare boto3 client"

# argv: JSON {"path": [...], "module": handler's module or null, "watch": bool}. An audit hook slows
# every import, so it is only there in the round that is not counted.
PROCESS = """
import json, sys, time
task = json.loads(sys.argv[1])
sys.path[:0] = task["path"]
if task["watch"]:
    def no_network(event, arguments):
        if event in ("socket.connect", "socket.getaddrinfo"):
            raise RuntimeError(f"a connection during import: {event} {arguments}")
    sys.addaudithook(no_network)
wall, cpu = time.perf_counter(), time.process_time()
if task["module"] is None:
    import boto3
    boto3.client("bedrock-runtime")
else:
    __import__(task["module"])
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
try:
    # Not getrusage: its high-water mark is inherited from the process that measures.
    with open("/proc/self/status") as status:
        rss = next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 2**10
except OSError:
    import resource
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # bytes on macOS
print(json.dumps([wall * 1e3, cpu * 1e3, rss]))
"""

ALWAYS_SET = {
    "AWS_ACCESS_KEY_ID": "placeholder",
    "AWS_SECRET_ACCESS_KEY": "placeholder",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
    "LANG": "en_US.UTF-8",
    "TZ": ":UTC",
}


class CannotMeasure(Exception):
    """Something that no figure can be given for, in words for the terminal."""


class _TemplateLoader(yaml.SafeLoader):
    """Reads `!Ref x` as `{"Ref": "x"}` and `!Sub x` as `{"Fn::Sub": "x"}`."""


def _intrinsic(loader: _TemplateLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)
        value = loader.construct_mapping(node, deep=True)
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}


_TemplateLoader.add_multi_constructor("!", _intrinsic)


@dataclass(frozen=True)
class Function:
    """One function of the built template: where its parts lie, and what it is started with."""

    name: str
    module: str
    code: Path
    layers: tuple[Path, ...]
    environment: dict[str, str]

    @property
    def path(self) -> list[str]:
        return [str(self.code), *(str(layer / "python") for layer in self.layers)]

    @property
    def target(self) -> float:
        langchain = any((layer / "python/langchain_aws").is_dir() for layer in self.layers)
        return TARGET_WITH_LANGCHAIN if langchain else TARGET

    @property
    def unzipped_mib(self) -> float:
        return sum(size_mib(part) for part in (self.code, *self.layers))


@dataclass(frozen=True)
class Figures:
    """Medians of one function; `ratio` and `cpu_ratio` are against the bare client."""

    function: str
    ratio: float
    cpu_ratio: float
    ms: float
    rss_mib: float
    target: float
    unzipped_mib: float
    ok: bool


def size_mib(directory: Path) -> float:
    """What Lambda counts: the bytes of all files."""
    return sum(file.stat().st_size for file in directory.rglob("*") if file.is_file()) / 2**20


class BuiltTemplate:
    """The output of `sam build`."""

    def __init__(self, file: Path) -> None:
        if not file.is_file():
            raise CannotMeasure(f"{file} is missing: run `sam build` first")
        self._root = file.parent
        self._template: dict[str, Any] = yaml.load(file.read_text(), _TemplateLoader)

    def functions(self) -> Iterator[Function]:
        common = self._template.get("Globals", {}).get("Function", {})
        for name, resource in self._template["Resources"].items():
            if resource["Type"] != "AWS::Serverless::Function":
                continue
            own = resource["Properties"]
            either = {**common, **own}
            declared = {
                **common.get("Environment", {}).get("Variables", {}),
                **own.get("Environment", {}).get("Variables", {}),
            }
            yield Function(
                name=name,
                module=either["Handler"].rpartition(".")[0].replace("/", "."),
                code=(self._root / either["CodeUri"]).resolve(),
                layers=tuple(
                    self._layer(layer)
                    for layer in (*common.get("Layers", ()), *own.get("Layers", ()))
                ),
                environment={
                    **ALWAYS_SET,
                    "AWS_LAMBDA_FUNCTION_NAME": name,
                    **{key: self._value(value) for key, value in declared.items()},
                },
            )

    def _layer(self, reference: Any) -> Path:
        match reference:
            case {"Ref": str(name)} if name in self._template["Resources"]:
                content = str(self._template["Resources"][name]["Properties"]["ContentUri"])
                return (self._root / content).resolve()
        raise CannotMeasure(f"a layer that is not part of the build: {reference}")

    def _value(self, declared: Any) -> str:
        """A stand-in of the right kind for what only a deployment knows."""
        match declared:
            case {"Ref": str(name)} if name in self._template.get("Parameters", {}):
                default = self._template["Parameters"][name].get("Default", "")
                return name if default == "" else str(default)
            case {"Fn::Sub": str(text)} | {"Fn::Sub": [str(text), *_]}:
                return re.sub(r"\$\{[^}]*\}", "placeholder", text)
            case dict() | list():
                return "placeholder"
            case bool():
                return str(declared).lower()
        return str(declared)


@dataclass(frozen=True)
class Sample:
    wall_ms: float
    cpu_ms: float
    rss_mib: float


type Pair = tuple[Sample, Sample]
"""A function's start, and the bare one before it."""


def one_start(
    name: str,
    path: list[str],
    module: str | None,
    environment: dict[str, str],
    *,
    watch: bool = False,
) -> Sample:
    """Start an interpreter: isolated (-I), no site-packages (-S), writing no bytecode (-B)."""
    task = json.dumps({"path": path, "module": module, "watch": watch})
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", PROCESS, task],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CannotMeasure(f"{name} does not start:\n{done.stderr}")
    return Sample(*json.loads(done.stdout.splitlines()[-1]))


def measure(functions: list[Function], rounds: int) -> tuple[list[Figures], Sample]:
    """The functions' figures, and the bare client's own. A first start of each is not counted: it
    warms the page cache, and fails when the import opens a connection.
    """
    with_boto3 = [
        layer
        for function in functions
        for layer in function.layers
        if (layer / "python/boto3").is_dir()
    ]
    if not with_boto3:
        raise CannotMeasure("no layer carries boto3")
    bare_path = [str(with_boto3[0] / "python")]
    for function in functions:
        one_start(function.name, function.path, function.module, function.environment, watch=True)
    pairs: dict[str, list[Pair]] = {function.name: [] for function in functions}
    for _ in range(rounds):
        for function in functions:
            bare = one_start(BARE, bare_path, None, ALWAYS_SET)
            own = one_start(function.name, function.path, function.module, function.environment)
            pairs[function.name].append((own, bare))
    return (
        [_figures(function, pairs[function.name]) for function in functions],
        _medians([bare for measured in pairs.values() for _, bare in measured]),
    )


def _medians(samples: list[Sample]) -> Sample:
    return Sample(
        wall_ms=statistics.median(sample.wall_ms for sample in samples),
        cpu_ms=statistics.median(sample.cpu_ms for sample in samples),
        rss_mib=statistics.median(sample.rss_mib for sample in samples),
    )


def _figures(function: Function, pairs: list[Pair]) -> Figures:
    medians = _medians([own for own, _ in pairs])
    ratio = statistics.median(own.wall_ms / bare.wall_ms for own, bare in pairs)
    unzipped = function.unzipped_mib
    return Figures(
        function=function.name,
        ratio=round(ratio, 2),
        cpu_ratio=round(statistics.median(own.cpu_ms / bare.cpu_ms for own, bare in pairs), 2),
        ms=round(medians.wall_ms, 1),
        rss_mib=round(medians.rss_mib, 1),
        target=function.target,
        unzipped_mib=round(unzipped, 1),
        ok=ratio <= function.target and unzipped <= UNZIPPED_LIMIT_MIB,
    )


def table(figures: list[Figures], bare: Sample, layers: dict[str, float], rounds: int) -> str:
    width = max(len(BARE), *(len(row.function) for row in figures))
    head = f"{'function':{width}}  ratio  CPU ratio     ms  RSS MiB  target  unzipped MiB  ok"
    lines = [
        f"medians of {rounds} rounds; limit {UNZIPPED_LIMIT_MIB} MiB unzipped",
        head,
        "-" * len(head),
        f"{BARE:{width}}   1.00       1.00  {bare.wall_ms:5.0f}  {bare.rss_mib:7.0f}",
    ]
    lines += [
        f"{row.function:{width}}  {row.ratio:5.2f}  {row.cpu_ratio:9.2f}  {row.ms:5.0f}"
        f"  {row.rss_mib:7.0f}  {row.target:6.1f}  {row.unzipped_mib:12.1f}"
        f"  {'yes' if row.ok else 'NO'}"
        for row in figures
    ]
    sizes = ", ".join(f"{name} {mib:.1f}" for name, mib in layers.items())
    return "\n".join([*lines, f"layers, MiB unzipped: {sizes}"])


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument(
        "build", nargs="?", type=Path, default=Path(".aws-sam/build"), help="what sam build made"
    )
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--function", action="append", help="only this one; may be repeated")
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")
    options = parser.parse_args(arguments)
    try:
        functions = [
            function
            for function in BuiltTemplate(options.build / "template.yaml").functions()
            if not options.function or function.name in options.function
        ]
        if not functions:
            raise CannotMeasure("the template has no such function")
        figures, bare = measure(functions, options.rounds)
    except CannotMeasure as reason:
        print(reason, file=sys.stderr)
        return 1
    layers = {
        layer.name: round(size_mib(layer), 1)
        for layer in dict.fromkeys(layer for function in functions for layer in function.layers)
    }
    if options.json:
        rows = [asdict(row) for row in figures]
        print(
            json.dumps(
                {
                    "rounds": options.rounds,
                    "bare": {name: round(value, 1) for name, value in asdict(bare).items()},
                    "functions": rows,
                    "layers_mib": layers,
                    "limit_mib": UNZIPPED_LIMIT_MIB,
                },
                indent=2,
            )
        )
    else:
        print(table(figures, bare, layers, options.rounds))
    return 0


if __name__ == "__main__":
    sys.exit(main())
