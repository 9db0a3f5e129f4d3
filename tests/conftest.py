"""What all tests share."""

from hypothesis import settings

# A busy machine is slow now and then, and no test is about time.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")
