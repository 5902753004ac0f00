"""`make bench`: all figures in one table."""

import argparse
import sys

from benchmarks import cold_start, dataset, pages, redaction, sampling, turn
from local import build


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    build.build()
    print(turn.table(turn.main(options.rounds)), flush=True)
    print()
    print(pages.table(pages.main(options.rounds)), flush=True)
    print()
    print(redaction.table(redaction.main(options.rounds)), flush=True)
    print()
    sampling.main([])
    print()
    print(dataset.table(dataset.SIZES), flush=True)
    print()
    return cold_start.main([str(build.BUILT)])


if __name__ == "__main__":
    sys.exit(main())
