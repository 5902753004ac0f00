"""The embedded engine's artifacts are built anew when something that goes into them has changed."""

import re
from pathlib import Path

from local.build import INPUTS, ROOT


def test_whatever_a_layer_copies_is_looked_at() -> None:
    copied = {
        path.split("/")[0]
        for makefile in (ROOT / "layers").glob("*/Makefile")
        for path in re.findall(r"\$\(LAYERS\)\.\./([\w./-]+)", makefile.read_text())
    }

    assert copied
    assert copied <= set(INPUTS)


def test_what_is_looked_at_is_there() -> None:
    assert all(Path(ROOT / name).exists() for name in INPUTS)
