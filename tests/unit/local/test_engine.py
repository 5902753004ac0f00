"""The engine's life: how it starts, what it says of itself, and that nothing stays behind."""

import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import pytest

from local.engine import Engine, EngineError, PortInUse

REPOSITORY = Path(__file__).parents[3]
SLEEPER = "import time\n\ndef handler(event, context):\n    time.sleep(30)\n"
OWNER = """
import sys, time
from pathlib import Path
from local.engine import Engine
engine = Engine(port=int(sys.argv[1]), state_dir=Path(sys.argv[2])).start()
print(engine.pid, flush=True)
time.sleep(60)
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(look: Callable[[], bool], within: float = 10.0) -> bool:
    deadline = time.monotonic() + within
    while not (found := look()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return found


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def left_in(state_dir: Path) -> list[str]:
    return [path.name for path in state_dir.iterdir() if path.name != "engine.log"]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with Engine(port=free_port(), state_dir=tmp_path) as running:
        yield running


def invoke_sleeper(engine: Engine) -> int:
    """The pid of a worker that is in the middle of a long invocation."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as files:
        files.writestr("index.py", SLEEPER)
    client = boto3.client("lambda", **engine.client_settings())
    iam = boto3.client("iam", **engine.client_settings())
    iam.create_role(RoleName="r", AssumeRolePolicyDocument='{"Statement": []}')
    client.create_function(
        FunctionName="sleeper",
        Runtime="python3.13",
        Role="arn:aws:iam::000000000000:role/r",
        Handler="index.handler",
        Timeout=60,
        Code={"ZipFile": archive.getvalue()},
    )
    client.invoke(FunctionName="sleeper", InvocationType="Event", Payload=json.dumps({}))
    assert until(lambda: any(worker.busy for worker in engine.workers("sleeper")))
    return engine.workers("sleeper")[0].pid


def test_it_answers_on_the_loopback_interface_only(engine: Engine) -> None:
    client = boto3.client("sts", **engine.client_settings())
    assert client.get_caller_identity()["Arn"] == "arn:aws:iam::000000000000:root"
    with socket.socket() as probe:
        # Another address of this machine: taken only by what listens on every interface.
        probe.bind(("127.0.0.2" if sys.platform == "linux" else "0.0.0.0", engine.port))


def test_a_port_in_use_is_said_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortInUse, match=f"^Port {port} is in use: stop .*$") as refused:
            Engine(port=port, state_dir=tmp_path).start()
    assert "\n" not in str(refused.value)


def test_an_engine_that_cannot_start_says_why(tmp_path: Path) -> None:
    engine = Engine(
        port=free_port(), state_dir=tmp_path, environment={"LAMBDA_WARM_TTL_SECONDS": "long"}
    )
    with pytest.raises(EngineError, match="could not convert string to float: 'long'"):
        engine.start()
    assert left_in(tmp_path) == []


def test_stopping_leaves_no_process_and_no_file(tmp_path: Path) -> None:
    with Engine(port=free_port(), state_dir=tmp_path) as engine:
        worker, main = invoke_sleeper(engine), engine.pid
        assert main is not None
        assert left_in(tmp_path)
    assert not alive(worker)
    assert not alive(main)
    assert left_in(tmp_path) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_to_the_engine_leaves_nothing_either(
    engine: Engine, tmp_path: Path, number: signal.Signals
) -> None:
    worker, main = invoke_sleeper(engine), engine.pid
    assert main is not None
    os.kill(main, number)
    assert until(lambda: engine.pid is None)
    assert not alive(worker)
    assert left_in(tmp_path) == []


def test_it_ends_when_its_owner_is_killed(tmp_path: Path) -> None:
    port = free_port()
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(port), str(tmp_path)],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert owner.stdout is not None
    with owner.stdout:
        main = int(owner.stdout.readline())
    worker = invoke_sleeper(Engine(port=port, state_dir=tmp_path))
    owner.kill()
    owner.wait()
    assert until(lambda: not alive(main) or is_zombie(main))
    assert until(lambda: not alive(worker) or is_zombie(worker))
    assert until(lambda: left_in(tmp_path) == [])


def is_zombie(pid: int) -> bool:
    """Whether it has ended and only waits for its new parent to notice."""
    state = subprocess.run(
        ["ps", "-o", "state=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return state.stdout.strip().startswith("Z") or not state.stdout.strip()


def test_the_files_of_an_engine_that_was_killed_go_with_the_next_start(tmp_path: Path) -> None:
    port = free_port()
    left = tmp_path / f"tmp-{port}-old" / "ministack-lambda-old"
    left.mkdir(parents=True)
    with Engine(port=port, state_dir=tmp_path):
        assert not left.exists()


def test_a_worker_in_the_middle_of_an_invocation_can_be_killed(engine: Engine) -> None:
    worker = invoke_sleeper(engine)
    killed = engine.kill_worker("sleeper")
    assert killed.pid == worker
    assert killed.function == "sleeper"
    assert until(lambda: worker not in [w.pid for w in engine.workers("sleeper")])


def test_the_address_of_an_api_on_aws_has_a_local_form() -> None:
    engine = Engine(port=4566, state_dir=Path("unused"))
    base = "127.0.0.1:4566/_aws/execute-api/abc1"
    assert engine.local_url("wss://abc1.execute-api.us-east-1.amazonaws.com/live") == (
        f"ws://{base}/live"
    )
    assert engine.local_url("https://abc1.execute-api.us-east-1.amazonaws.com") == f"http://{base}"
    assert engine.local_url("http://abc1.execute-api.localhost:4566/x") == f"http://{base}/x"
    assert engine.local_url("https://example.com/x") == "https://example.com/x"


def test_functions_inherit_nothing_of_the_persons_aws_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    engine = Engine(port=4566, state_dir=tmp_path)
    given = engine._process_environment()
    assert "AWS_PROFILE" not in given
    assert "secret" not in given.values()
