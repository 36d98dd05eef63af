"""The names of a new plugin, all made from one: folder, distribution, package, tool. It reads and writes nothing."""

import msgspec
from msgspec import Struct

from pegboard_sdk.errors import InvalidParams
from pegboard_sdk.wire.manifest import PluginId


class Names(Struct, frozen=True, kw_only=True):
    """What things are called in the project of the plugin `id`."""

    id: str
    folder: str
    distribution: str
    package: str
    word: str

    @property
    def title(self) -> str:
        """For headings."""
        return self.word.replace("_", " ").capitalize()


def names_for(plugin: str) -> Names:
    """One rule for all: `words` gives pegboard-words and pegboard_words, `acme.words` gives pegboard-acme-words.

    Raises InvalidParams for what is no plugin's id.
    """
    try:
        msgspec.convert(plugin, PluginId)
    except msgspec.ValidationError:
        raise InvalidParams(
            f"`{plugin}` is no plugin's name: small letters, digits and - after a letter, such as words or acme.words"
        ) from None
    folder = plugin.replace(".", "-")
    return Names(
        id=plugin,
        folder=folder,
        distribution=f"pegboard-{folder}",
        package=f"pegboard_{folder.replace('-', '_')}",
        word=plugin.rpartition(".")[2].replace("-", "_"),
    )
