"""The models of a server with the lengths of their contexts, wherever it tells them. It asks, and judges nothing."""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from pegboard_openai.profile import Listing, Profile
from pegboard_sdk import ModelInfo, PegboardError, Upstream
from pegboard_sdk.http import BAD_JSON

T = TypeVar("T")

Fetch = Callable[[str, bytes | None], bytes]
"""Asks for a path below the base URL, or for a path of the server that begins with two slashes."""


class Meta(Struct, frozen=True):
    """llama.cpp: what the file says."""

    n_ctx: int | None = None
    n_ctx_train: int | None = None


class Listed(Struct, frozen=True):
    """A model in the server's list, with the names under which servers give the length of its context."""

    id: str
    loaded_context_length: int | None = None
    context_length: int | None = None
    context_window: int | None = None
    max_context_length: int | None = None
    max_model_len: int | None = None
    meta: Meta | None = None

    @property
    def context(self) -> int:
        """Tokens as told; 0 where nothing was."""
        told = (
            self.loaded_context_length, self.context_length, self.context_window, self.max_context_length,
            self.max_model_len, self.meta.n_ctx if self.meta else None, self.meta.n_ctx_train if self.meta else None,
        )  # fmt: skip
        return next((tokens for tokens in told if tokens), 0)


class List(Struct, frozen=True):
    """A server's list of models."""

    data: list[Listed] | None = None


class Shown(Struct, frozen=True):
    """Ollama: what it knows of a model; `parameters` is text such as `num_ctx 8192`."""

    model_info: dict[str, Any] = {}
    parameters: str | None = None


class Settings(Struct, frozen=True):
    """llama.cpp: how a model is run."""

    n_ctx: int | None = None


class Props(Struct, frozen=True):
    """llama.cpp: what the server was started with."""

    default_generation_settings: Settings = Settings()


def models_of(profile: Profile, fetch: Fetch) -> list[ModelInfo]:
    """The models. Raises Upstream for an answer that is no list, and what `fetch` raises for the list itself."""
    path = "//api/v0/models" if profile.listing is Listing.LM_STUDIO else "/models"
    try:
        listed = _decoded(fetch(path, None), List).data or []
    except PegboardError:
        if path == "/models":
            raise
        listed = _decoded(fetch("/models", None), List).data or []  # LM Studio before 0.3.6
    run = _run_context(profile, fetch)
    return [
        ModelInfo(id=model.id.removeprefix("models/"), context=run or model.context or _context(profile, model, fetch))
        for model in listed
    ]


def _run_context(profile: Profile, fetch: Fetch) -> int:
    """The context that llama.cpp was started with: less than what the model was made for, mostly."""
    if profile.listing is not Listing.LLAMA_CPP:
        return 0
    try:
        return _decoded(fetch("//props", None), Props).default_generation_settings.n_ctx or 0
    except PegboardError:
        return 0


def _context(profile: Profile, model: Listed, fetch: Fetch) -> int:
    if profile.listing is not Listing.OLLAMA:
        return profile.context(model.id)
    try:
        shown = _decoded(fetch("//api/show", msgspec.json.encode({"model": model.id})), Shown)
    except PegboardError:
        return 0
    for line in (shown.parameters or "").splitlines():
        words = line.split()
        if len(words) == 2 and words[0] == "num_ctx" and words[1].isdigit():
            return int(words[1])
    told = (tokens for name, tokens in shown.model_info.items() if name.endswith(".context_length"))
    return next((tokens for tokens in told if isinstance(tokens, int)), 0)


def _decoded(data: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(data, type=kind)
    except BAD_JSON as error:
        raise Upstream(f"no list of models: {error}") from error
