"""The two ways of asking, each with all that it consists of: a table, so that nobody else asks which one it is."""

from collections.abc import Callable
from typing import Final

from msgspec import Struct

from pegboard_openai.chat.answer import Answer as ChatAnswer
from pegboard_openai.chat.body import body as chat_body
from pegboard_openai.chat.form import ChatForm
from pegboard_openai.draft import Draft
from pegboard_openai.profile import Api
from pegboard_openai.responses.answer import Answer as ItemAnswer
from pegboard_openai.responses.body import body as item_body
from pegboard_openai.responses.form import ItemForm


class Way(Struct, frozen=True):
    """Where a request goes, how entries are said, how its body is made, what grows from the answer."""

    path: str
    form: type[ChatForm] | type[ItemForm]
    body: Callable[[Draft], bytes]
    answer: type[ChatAnswer] | type[ItemAnswer]


WAYS: Final = {
    Api.CHAT: Way("/chat/completions", ChatForm, chat_body, ChatAnswer),
    Api.RESPONSES: Way("/responses", ItemForm, item_body, ItemAnswer),
}
