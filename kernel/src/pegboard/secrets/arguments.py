"""What a call may do with marks that stand for secrets: find a secret in a text again, and nothing else."""

from typing import Any, Final

from pegboard.secrets.redaction import MARK, Redactor
from pegboard_sdk.errors import InvalidParams
from pegboard_sdk.wire.codec import JsonObject

SOUGHT: Final = "old_str"
"""The one parameter whose marks mean the original bytes: the tool looks for them in what it has shown itself."""


def check_marks(arguments: JsonObject) -> None:
    """Raises InvalidParams where a mark stands anywhere but in text that is sought: nobody may get its secret there."""
    for path, text in _texts(arguments, ""):
        mark = MARK.search(text)
        if mark and path.rpartition(".")[2] != SOUGHT:
            raise InvalidParams(
                f"{path} holds {mark[0]}, which stands for a secret that you were not shown. It can be used in "
                f"{SOUGHT} of an edit only; leave what holds it as it is, or let the user do this"
            )


def revealed(arguments: JsonObject, redactor: Redactor, source: str) -> JsonObject:
    """The arguments as the plugin `source` needs them to find what it had shown; only for its own process."""

    def walk(value: Any, name: str) -> Any:  # noqa: ANN401 - JSON
        if isinstance(value, dict):
            return {key: walk(each, key) for key, each in value.items()}
        if isinstance(value, list):
            return [walk(each, name) for each in value]
        return redactor.reveal(value, source) if isinstance(value, str) and name == SOUGHT else value

    return {key: walk(value, key) for key, value in arguments.items()}


def _texts(value: Any, path: str) -> list[tuple[str, str]]:  # noqa: ANN401 - JSON
    """Every text with the path to it; keys of objects are texts, too."""
    if isinstance(value, str):
        return [(path, value)]
    if isinstance(value, list):
        return [found for each in value for found in _texts(each, path)]
    if isinstance(value, dict):
        inner = [(f"{path}.{key}".lstrip("."), key, each) for key, each in value.items()]
        return [found for at, key, each in inner for found in [("a name", key), *_texts(each, at)]]
    return []
