"""What is offered of what was found, and what each offer stands for."""

import pytest

from pegboard.cli.first_run.choices import best, keyed, served
from pegboard.cli.first_run.servers import KINDS, Server
from pegboard.config.layers import assigned
from pegboard.config.source import key_path


@pytest.mark.parametrize(
    ("models", "model"),
    [
        (("llama3.1:8b", "qwen2.5-coder:7b"), "qwen2.5-coder:7b"),
        (("nomic-embed-text", "mistral"), "mistral"),
        (("nomic-embed-text",), ""),
        (("a", "b-instruct"), "b-instruct"),
        ((), ""),
    ],
)
def test_a_model_for_code_comes_first_and_none_that_cannot_talk(models: tuple[str, ...], model: str) -> None:
    assert best(models) == model


def test_a_server_is_offered_with_its_best_model() -> None:
    (choice,) = served([Server(KINDS[0], ("llama3", "qwen-coder")), Server(KINDS[1], ("bge-m3",))])
    assert choice.words == "Ollama on this machine, port 11434, with qwen-coder (and 1 more)"
    assert choice.settings == (
        "models.ollama.base_url=http://127.0.0.1:11434/v1", 'models.ollama.model="qwen-coder"', "model=ollama",
    )  # fmt: skip


@pytest.mark.parametrize("name", ["1.5", "true", "7", 'a"b', "it's", "[x]"])
def test_whatever_a_model_is_called_it_stays_that_name(name: str) -> None:
    (choice,) = served([Server(KINDS[0], (name,))])
    key, _, value = choice.settings[1].partition("=")
    assert assigned(key_path(key), value) == {"models": {"ollama": {"model": name}}}


def test_keys_are_offered_with_where_they_are_never_what() -> None:
    choices = keyed({"anthropic": "ANTHROPIC_API_KEY of the keyring", "other": "X of the file"})
    assert [choice.words for choice in choices] == [
        "anthropic/claude-sonnet-4-5, with the key in ANTHROPIC_API_KEY of the keyring"
    ]
