"""What a run fails with that has nobody to answer it."""

from pegboard_sdk.errors import Unauthenticated


class NoModel(Unauthenticated):
    """No model is set up; the message says what would be one. The exit status is that of providers."""
