"""The conversations that are held as bytes, ready to be sent: a bounded cache, no truth."""

from collections import OrderedDict
from typing import Final

from pegboard_openai.chat.form import ChatForm
from pegboard_openai.dialog import Dialog
from pegboard_openai.endpoint import Endpoint
from pegboard_openai.profile import Api
from pegboard_openai.responses.form import ItemForm
from pegboard_openai.said import BlobMissing
from pegboard_sdk import Conflict, Entry, StreamModel

MOST: Final = 32


class Dialogs:
    """The dialogs with one server. A conversation that is asked in both ways has one of each."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._held: OrderedDict[tuple[str, Api], Dialog] = OrderedDict()

    def grown(self, request: StreamModel, entries: tuple[Entry, ...], api: Api) -> Dialog:
        """The dialog of a conversation, grown to `entries`; made anew when it is not what they begin with.

        Raises Conflict where bytes of an image are missing, InvalidParams for a result that answers no call.
        """
        key = request.conversation, api
        dialog = self._held.pop(key, None)
        if dialog is None or not _begins(dialog, entries):
            form = ItemForm if api is Api.RESPONSES else ChatForm
            dialog = Dialog(form(self._endpoint.profile, self._endpoint.place))
        try:
            dialog.extend(entries[dialog.count :], request.blobs)
        except BlobMissing as error:
            raise Conflict(f"the bytes of image {error} are not held here; send the conversation whole") from error
        self._held[key] = dialog
        if len(self._held) > MOST:
            self._held.popitem(last=False)
        return dialog


def _begins(dialog: Dialog, entries: tuple[Entry, ...]) -> bool:
    """Whether a dialog was made of the first of `entries`: they are kept, so the last one is the very same object."""
    return dialog.count <= len(entries) and (dialog.count == 0 or entries[dialog.count - 1] is dialog.last)
