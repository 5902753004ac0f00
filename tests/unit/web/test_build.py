"""The pages are built anew when something that goes into them has changed, and only then."""

from pathlib import Path

import pytest

from local import fingerprint
from local.build import BuildError
from web import build


class Repository:
    """A repository with pages, whose build is counted."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.builds = 0
        self.fails = False

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def run(self, script: str) -> None:
        assert script == "build"
        self.builds += 1
        if self.fails:
            raise BuildError("types do not match")
        self.write("web/dist/index.html", "built")
        self.write("web/src/contracts/http.ts", f"generated {self.builds}")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    made = Repository(tmp_path)
    made.write("web/src/chat/main.tsx", "1")
    made.write("web/package-lock.json", "{}")
    made.write("docs/openapi.yaml", "openapi: 3.1.0")
    monkeypatch.setattr(fingerprint, "_ROOT", tmp_path)
    monkeypatch.setattr(build, "_STAMP", tmp_path / "web/dist/.built-from")
    monkeypatch.setattr(build, "run", made.run)
    return made


def test_what_is_built_is_not_built_again(repository: Repository) -> None:
    assert build.build() is True
    assert build.build() is False
    assert repository.builds == 1


@pytest.mark.parametrize(
    "changed",
    [
        "web/src/chat/main.tsx",
        "web/src/chat/new.tsx",
        "web/package-lock.json",
        "docs/openapi.yaml",
        "docs/schemas/frames.json",
        "requirements/node.txt",
    ],
)
def test_a_changed_input_is_built(repository: Repository, changed: str) -> None:
    build.build()
    repository.write(changed, "changed")

    assert build.build() is True


@pytest.mark.parametrize(
    "changed",
    [
        "web/node_modules/react/index.js",
        "web/src/contracts/http.ts",
        "web/publish.py",
        "web/__pycache__/publish.cpython-313.pyc",
        "docs/deploy.md",
    ],
)
def test_what_does_not_go_into_the_pages_is_no_reason(repository: Repository, changed: str) -> None:
    build.build()
    repository.write(changed, "changed")

    assert build.build() is False


def test_a_source_that_is_gone_is_a_change(repository: Repository) -> None:
    build.build()
    (repository.root / "web/src/chat/main.tsx").unlink()

    assert build.build() is True


def test_a_build_that_was_removed_is_made_again(repository: Repository) -> None:
    build.build()
    for path in (repository.root / "web/dist").iterdir():
        path.unlink()

    assert build.build() is True


def test_a_build_that_failed_is_tried_again(repository: Repository) -> None:
    repository.fails = True
    with pytest.raises(BuildError):
        build.build()
    repository.fails = False

    assert build.build() is True


def test_without_node_it_is_said_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "NODE", tmp_path)

    with pytest.raises(BuildError, match=r"python3 local/setup\.py node"):
        build.run("build")


def test_what_npm_said_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    npm = tmp_path / "npm"
    npm.write_text("#!/bin/sh\necho out; echo err >&2; exit 1\n")
    npm.chmod(0o755)
    monkeypatch.setattr(build, "NODE", tmp_path)

    with pytest.raises(BuildError, match=r"`npm run build` failed in web/:\nout\nerr"):
        build.run("build")
