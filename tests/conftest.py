"""What all tests share."""

import os

from hypothesis import settings

# Tests keep all cores busy: a training that gives way to everybody would never come to its turn.
os.environ.setdefault("TRAIN_URGENTLY", "1")

# A busy machine is slow now and then, and no test is about time.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")
