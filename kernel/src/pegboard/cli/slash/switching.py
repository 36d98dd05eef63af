"""`/model`, `/effort`, `/mode`, `/plan`, `/allow-all` and `/theme`: how the session goes on."""

from typing import Final

from pegboard.cli.options import MODES
from pegboard.cli.slash.asking import choose
from pegboard.cli.slash.scene import Scene
from pegboard.models.providers import DEFAULT_MODEL
from pegboard_sdk.errors import InvalidParams
from pegboard_sdk.wire.fronting import Prompted, Said

EFFORTS: Final = ("low", "medium", "high")
_EFFORTS: Final = {effort: effort for effort in EFFORTS} | {"on": "high", "off": "low", "auto": "medium"}
THEMES: Final = ("auto", "dark", "light", "plain")
_PASSES: Final = {
    "plan": "reads only",
    "ask": "asks before every effect",
    "edit": "edits the workspace unasked",
    "auto": "also runs what the sandbox confines",
    "full": "asks nothing; deny rules hold",
}


def known_models(scene: Scene) -> tuple[str, ...]:
    """The names that the configuration knows, and the one in use."""
    settings = scene.started.config.settings
    return tuple(dict.fromkeys((scene.talk.status().model, *settings.models, settings.model or DEFAULT_MODEL)))


async def model(scene: Scene, rest: str) -> Said:
    """Another model from the next turn on."""
    name, _, effort = rest.partition(" ")
    if not name:
        names = known_models(scene)
        name = await choose(scene, "Which model?", names) if len(names) > 1 else ""
    if not name:
        status = scene.talk.status()
        rows = [f"{'→' if each == status.model else ' '} {each}" for each in known_models(scene)]
        return Said(text="\n".join(rows) + "\n`/model PROVIDER/ID` or the name of one in `[models]` changes it")
    scene.talk.set_model(name, _effort(effort.strip()) if effort.strip() else "")
    return Said(text=f"model {name}{f', effort {effort.strip()}' if effort.strip() else ''}, from the next turn on")


def _effort(word: str) -> str:
    if word not in _EFFORTS:
        raise InvalidParams(f"no effort {word!r}; there are {', '.join(EFFORTS)}")
    return _EFFORTS[word]


async def effort(scene: Scene, rest: str) -> Said:
    """How hard the model is to think."""
    word = rest or await choose(scene, "How hard is the model to think?", EFFORTS)
    if not word:
        return Said(text=f"effort {scene.talk.status().effort or 'as the model has it'}; `/effort {'|'.join(EFFORTS)}`")
    scene.talk.set_model("", _effort(word))
    return Said(text=f"effort {_effort(word)}, from the next turn on")


async def mode(scene: Scene, rest: str) -> Said:
    """What passes without a question."""
    rows = [f"{each} {_PASSES[each]}" for each in MODES]
    word = rest or (await choose(scene, "What passes without a question?", rows)).partition(" ")[0]
    if not word:
        return Said(
            text="\n".join(
                f"{'→' if scene.talk.status().mode == each else ' '} {each:5} {_PASSES[each]}" for each in MODES
            )
        )
    scene.talk.set_mode(word)
    return Said(text=f"mode {word}: {_PASSES[word]}")


async def plan(scene: Scene, rest: str) -> Said:
    """Mode `plan`, and back to `ask` when it was on; with words, they are the prompt."""
    if scene.talk.status().mode == "plan" and not rest:
        scene.talk.set_mode("ask")
        return Said(text="mode ask: asks before every effect")
    scene.talk.set_mode("plan")
    if rest:
        await scene.talk.prompt(Prompted(text=rest))
    return Said(text="mode plan: reads only; `/plan` again or `/mode` goes on")


async def allow_all(scene: Scene, rest: str) -> Said:
    """As far as one word may go: what the sandbox confines. More has to be typed as what it is."""
    scene.talk.set_mode("auto")
    return Said(text="mode auto: what the sandbox confines runs unasked; `/mode full` asks nothing at all")


async def theme(scene: Scene, rest: str) -> Said:
    """For the front-end: what it does not know, it says."""
    name = rest or await choose(scene, "Which theme?", THEMES)
    return Said(text=f"theme {name}", theme=name) if name else Said(text=f"`/theme {'|'.join(THEMES)}`")
