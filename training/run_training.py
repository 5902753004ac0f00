"""The entry point in the code channel: beside it lie the packages `training` and `tandem`."""

import sys

from training.train import main

sys.exit(main())
