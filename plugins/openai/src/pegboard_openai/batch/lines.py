"""Prompts as the lines of a job's file, and the answers of its files back in the order of the prompts. Pure.

A line's `custom_id` is the number of its prompt, from 1: whatever order answers come in, they find their place.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec
from msgspec import Struct

from pegboard_openai.asked import Asked, asked_of
from pegboard_openai.batch.told import LINE, LineTold
from pegboard_openai.chat.answer import Answer as ChatAnswer
from pegboard_openai.dialog import Dialog
from pegboard_openai.draft import Draft
from pegboard_openai.profile import Api, Profile
from pegboard_openai.responses.answer import Answer as ItemAnswer
from pegboard_openai.structured import told
from pegboard_openai.way import WAYS, Way
from pegboard_sdk import Answered, Message, Prompt, Role, StreamModel, SubmitJob, Text, Usage
from pegboard_sdk.http import BAD_JSON, Fault, Reported, fault_of

_UNWANTED: Final = frozenset({"include", "reasoning.summary"})
"""What is asked for to go on with a conversation, and to show that a model thinks: nobody does or sees either."""
UNSAID: Final = "the provider's files have no answer to this prompt"


class Written(Struct, frozen=True):
    """A job's file, the endpoint that all its lines are for, and which way of asking that is."""

    data: bytes
    endpoint: str
    api: Api


class Read(Struct, frozen=True):
    """The answers, one for each prompt, and how many lines were none."""

    answers: tuple[Answered, ...]
    unreadable: int = 0

    @property
    def usage(self) -> Usage:
        """What all of them took."""
        return sum((answer.usage for answer in self.answers if answer.usage is not None), Usage())


def written(asked: SubmitJob, profile: Profile) -> Written:
    """The file of a job. Raises InvalidParams for parameters that cannot be used."""
    like = asked_of(StreamModel(model=asked.model, conversation="", effort=asked.effort, params=asked.params))
    api = like.api or profile.api(asked.model)
    endpoint = profile.batch + WAYS[api].path
    head = msgspec.json.encode({"method": "POST", "url": endpoint})[:-1]
    lines = (
        b'%s,"custom_id":"%d","body":%s}\n' % (head, number, _body(prompt, asked.model, like, profile, WAYS[api]))
        for number, prompt in enumerate(asked.prompts, 1)
    )
    return Written(b"".join(lines), endpoint, api)


def read(files: Iterable[bytes], ids: Sequence[str], *, model: str, api: Api, otherwise: str = UNSAID) -> Read:
    """What the files of a job say to its prompts, whose own names are `ids`; `otherwise` is said of the others."""
    found: dict[int, Answered] = {}
    unreadable = 0
    for line in _lines(files):
        try:
            told_of = LINE.decode(line)
            at = int(told_of.custom_id)
            ours = ids[at - 1] if 1 <= at <= len(ids) else None
        except (*BAD_JSON, ValueError):
            ours = None
        if ours is None or at in found:
            unreadable += 1
            continue
        found[at] = _answered(told_of, Answered(at=at, id=ours), WAYS[api].answer(model=model))
    answers = (found.get(at) or Answered(at=at, id=name, error=otherwise) for at, name in enumerate(ids, 1))
    return Read(tuple(answers), unreadable)


def _lines(files: Iterable[bytes]) -> Iterator[bytes]:
    return (line for data in files for line in data.splitlines() if line.strip())


def _body(prompt: Prompt, model: str, asked: Asked, profile: Profile, way: Way) -> bytes:
    dialog = Dialog(way.form(profile))
    dialog.extend((Message(role=Role.USER, parts=(Text(text=prompt.text),)),), {})
    words = told(asked.json_schema, profile.schemas) if asked.json_schema is not None else ""
    draft = Draft(
        model=model,
        dialog=dialog,
        asked=asked,
        profile=profile,
        system=f"{prompt.system}\n\n{words}".strip(),
        schemas=profile.schemas,
        spared=_UNWANTED,
        is_streamed=False,
    )
    return way.body(draft)


def _answered(line: LineTold, blank: Answered, answer: ChatAnswer | ItemAnswer) -> Answered:
    if line.response is None or not 200 <= (line.response.status_code or 0) < 300:
        return msgspec.structs.replace(blank, error=_why(line))
    try:
        answer.read(bytes(line.response.body))
    except BAD_JSON as error:
        return msgspec.structs.replace(blank, error=f"no answer of a model: {error}")
    except Reported as report:
        return msgspec.structs.replace(blank, error=_text(report.fault), usage=answer.usage())
    if not answer.has_ended:
        return msgspec.structs.replace(blank, error="an answer without content", usage=answer.usage())
    return msgspec.structs.replace(blank, message=answer.message(), usage=answer.usage())


def _why(line: LineTold) -> str:
    if line.error is not None:
        return _text(Fault(message=line.error.message, code=line.error.code))
    if line.response is None:
        return "the line has neither an answer nor an error"
    return f"answered {line.response.status_code}: {_text(fault_of(bytes(line.response.body)))}"


def _text(fault: Fault) -> str:
    said = fault.message or fault.type or "no reason given"
    return f"{said} ({fault.code})" if fault.code and str(fault.code) not in said else said
