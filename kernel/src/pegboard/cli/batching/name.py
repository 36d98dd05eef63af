"""What a job is called: `PROVIDER/ID`, so that nobody has to be asked whose it is. Pure."""

from msgspec import Struct

from pegboard_sdk.errors import InvalidParams


class Name(Struct, frozen=True):
    """A job: the instance of the plugin that has it, and its own name there."""

    provider: str
    job: str

    def __str__(self) -> str:
        return f"{self.provider}/{self.job}"


def name_of(text: str) -> Name:
    """The name that was typed. Raises InvalidParams with what would be one."""
    provider, _, job = text.partition("/")
    if not provider or not job:
        raise InvalidParams(f"`{text}` names no job: it is PROVIDER/ID, as `peg batch list` shows them")
    return Name(provider, job)
