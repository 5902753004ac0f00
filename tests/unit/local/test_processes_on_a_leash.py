"""What trains or serves does not outlive whoever started it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from local.sagemaker import guard, serve
from local.sagemaker.serving import NotServed, ServedModel
from tests.fakes import PATIENCE_SECONDS

BEGETS = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(os.getpid(), child.pid, flush=True)
time.sleep(60)
"""


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # Nobody may have asked for its status yet.
    return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()


def gone(*pids: int) -> bool:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while any(is_alive(pid) for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def guarded(script: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, str(guard.__file__), sys.executable, "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs /proc")
def test_a_command_ends_with_the_one_who_holds_the_leash() -> None:
    with guarded(BEGETS) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        pids = [int(pid) for pid in process.stdout.readline().split()]
        process.stdin.close()

        assert process.wait(PATIENCE_SECONDS) == -signal.SIGKILL
        assert gone(*pids)


def test_a_command_is_asked_to_end_by_sigterm() -> None:
    script = (
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))\n"
        "print('ready', flush=True)\ntime.sleep(60)"
    )
    with guarded(script) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.terminate()

        assert process.wait(PATIENCE_SECONDS) == 7


def test_the_status_of_a_killed_command_says_by_what() -> None:
    with guarded("import os, signal; os.kill(os.getpid(), signal.SIGKILL)") as process:
        assert process.wait(PATIENCE_SECONDS) == 128 + signal.SIGKILL


# --- models --------------------------------------------------------------------------------------
@pytest.fixture
def model(tmp_path: Path) -> Path:
    (tmp_path / "m" / "code").mkdir(parents=True)
    return tmp_path / "m"


def start(folder: Path, code: str | None, within: float = PATIENCE_SECONDS) -> ServedModel:
    if code is not None:
        (folder / "code" / "inference.py").write_text(code)
    log = folder.with_suffix(".log")
    return ServedModel.start(Path(sys.executable), folder, log, within=within)


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (None, r"no code/inference\.py"),
        ("import no_such_module", "no_such_module"),
        ("def model_fn(folder): raise SystemExit(3)", "SystemExit: 3"),
        ("import os\nos._exit(1)", "without a word"),
    ],
)
def test_a_model_that_cannot_be_loaded_says_why(model: Path, code: str | None, why: str) -> None:
    with pytest.raises(NotServed, match=why):
        start(model, code)


def test_a_model_that_takes_forever_is_given_up(model: Path) -> None:
    with pytest.raises(NotServed, match="not loaded within"):
        start(model, "import time\ntime.sleep(60)", within=0.5)


def test_what_a_model_prints_is_in_its_log(model: Path) -> None:
    code = (
        "def model_fn(folder): print('loading')\n"
        "def input_fn(body, kind): return body\n"
        "def predict_fn(asked, model): return asked\n"
        "def output_fn(said, accept): return said, 'text/x'\n"
    )
    served = start(model, code)
    try:
        said = served.ask("wörter".encode(), "text/plain", "*/*")
    finally:
        served.stop()

    assert (said.status, said.content_type) == (200, "text/x")
    assert said.content.decode() == "wörter"
    assert "loading" in model.with_suffix(".log").read_text()


def test_the_models_process_needs_no_package_of_ours() -> None:
    """It runs on the trainer's Python, which has none."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(serve.__file__), "nowhere"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert "FileNotFoundError" in done.stdout
