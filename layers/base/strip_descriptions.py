"""Take the prose out of botocore's service models: three quarters of what a client parses.

Usage: strip_descriptions.py BOTOCORE_DATA_DIRECTORY

The `documentation` of operations and shapes only serves `help()`. What is left means the same to a
client, and is written uncompressed: the archive of the layer is compressed as a whole.
"""

import gzip
import json
import sys
from pathlib import Path
from typing import Any


def without_descriptions(node: Any) -> Any:
    """A copy of a service model without its prose. A shape's member may be called so.

    The key stays where it was, with nothing in it: botocore looks it up in some places.
    """
    if isinstance(node, dict):
        return {
            name: ""
            if name == "documentation" and isinstance(value, str)
            else without_descriptions(value)
            for name, value in node.items()
        }
    if isinstance(node, list):
        return [without_descriptions(value) for value in node]
    return node


def strip(data: Path) -> int:
    """Rewrite every service model under botocore's data directory; return how many."""
    models = sorted(data.glob("*/*/service-2.json.gz"))
    for compressed in models:
        model = without_descriptions(json.loads(gzip.decompress(compressed.read_bytes())))
        compressed.with_suffix("").write_text(json.dumps(model, separators=(",", ":")))
        compressed.unlink()
    return len(models)


if __name__ == "__main__" and not strip(Path(sys.argv[1])):
    sys.exit(f"no service models in {sys.argv[1]}: has botocore's layout changed?")
