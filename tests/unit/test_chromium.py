"""Which Chromium the tests of the pages take, and what they say where there is none."""

from pathlib import Path

import pytest

from tests.browser import chromium


@pytest.fixture(autouse=True)
def bare_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Nothing is installed; a folder on the PATH where something can be."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv(chromium.NAMED_BY, raising=False)
    monkeypatch.setattr(chromium, "_MAC_APPLICATIONS", ())
    return tmp_path


def program(folder: Path, name: str) -> Path:
    path = folder / name
    path.touch(mode=0o755)
    return path


def test_the_one_that_is_named_comes_first(
    monkeypatch: pytest.MonkeyPatch, bare_machine: Path
) -> None:
    program(bare_machine, "chromium")
    own = program(bare_machine, "my-own")
    monkeypatch.setenv(chromium.NAMED_BY, str(own))

    assert chromium.find() == own


def test_a_name_that_is_wrong_is_not_passed_over(
    monkeypatch: pytest.MonkeyPatch, bare_machine: Path
) -> None:
    program(bare_machine, "chromium")
    monkeypatch.setenv(chromium.NAMED_BY, "/nowhere/chromium")

    with pytest.raises(chromium.NoChromium, match="/nowhere/chromium"):
        chromium.find()


def test_the_machines_own_comes_before_playwrights(bare_machine: Path) -> None:
    playwrights = program(bare_machine, "of-playwright")
    assert chromium.find([playwrights]) == playwrights

    own = program(bare_machine, "google-chrome")
    assert chromium.find([playwrights]) == own


def test_one_without_windows_comes_before_a_whole_browser(bare_machine: Path) -> None:
    program(bare_machine, "chromium")
    shell = program(bare_machine, "chromium-headless-shell")

    assert chromium.find() == shell


def test_where_there_is_none_one_line_says_what_to_install(bare_machine: Path) -> None:
    with pytest.raises(chromium.NoChromium) as missing:
        chromium.find([bare_machine / "not-there"])

    said = str(missing.value)
    assert "\n" not in said
    assert "playwright install chromium" in said
    assert "apt install chromium" in said
