"""The clock of functions, made to run fast: `TIDEGATE_CLOCK` is `START*FACTOR`, as `tidegate` itself reads it in tests."""

import os
import time

_start, _factor = (float(part) for part in os.environ["TIDEGATE_CLOCK"].split("*"))
_real = time.time
time.time = lambda: _start + (_real() - _start) * _factor
