"""`python -m benchmarks`: the benchmarks of the night; see `benchmarks.night`."""

import sys

from benchmarks.night import main

sys.exit(main(sys.argv[1:]))
