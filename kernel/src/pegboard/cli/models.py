"""`peg models`: the models that can be asked, as their providers list them, and the user's own names for some."""

from collections.abc import Iterator, Sequence
from typing import Final

import click
import msgspec
from msgspec import Struct

from pegboard.cli.faults import reported
from pegboard.cli.launch import Launch, launch
from pegboard.cli.options import Options
from pegboard.cli.show import clipped
from pegboard.models.providers import target_of
from pegboard_sdk.errors import MethodNotFound, PegboardError, ProtocolViolation
from pegboard_sdk.wire.codec import BAD_BODY, pack
from pegboard_sdk.wire.methods import MODEL_LIST, ListModels, ModelInfo

WAIT_S: Final = 20.0
SILENT: Final = "lists no models; no key or server is set, or it cannot say"


class Listed(Struct, frozen=True, kw_only=True):
    """What one provider lists; `problem` says why it lists nothing."""

    provider: str
    models: tuple[ModelInfo, ...] = ()
    problem: str = ""


@click.command()
@click.argument("provider", default="")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, for scripts.")
@reported
def models(provider: str, as_json: bool) -> None:
    """List the models that the installed providers, or PROVIDER, can reach; each can be given to --model."""
    started = launch(Options(no_session=True, model="none/none"), takes_prompts=False)
    instances = [one for one in instances_of(started) if provider in ("", one.partition("@")[0])]
    if not instances:
        known = sorted({one.partition("@")[0] for one in instances_of(started)})
        raise click.UsageError(f"no provider `{provider}`; installed: {', '.join(known) or 'none'}")
    for listed in _asked(started, instances):
        for line in _json(listed) if as_json else _lines(listed):
            click.echo(line)
    for name in started.config.settings.models if not provider and not as_json else ():
        target = target_of(name, started.config.settings)
        click.echo(f"{name}  = {target.plugin.partition('@')[0]}/{target.model}")


def instances_of(started: Launch) -> list[str]:
    """Every provider, and once more for each server that the configuration names."""
    plain = [name for name in sorted(started.registry.plugins) if started.registry.manifest(name).model]
    own = (target_of(name, started.config.settings).plugin for name in started.config.settings.models)
    return [*plain, *(instance for instance in dict.fromkeys(own) if "@" in instance)]


def _asked(started: Launch, instances: Sequence[str]) -> list[Listed]:
    from pegboard.cli.holding import Holding, hold  # noqa: PLC0415  # trio, only where something runs

    async def ask(holding: Holding) -> list[Listed]:
        return [await listed(holding, instance) for instance in instances]

    async def listed(holding: Holding, instance: str) -> Listed:
        try:
            params = pack(ListModels(provider=instance.partition("@")[0]))
            value = await holding.board.call(instance, MODEL_LIST, params, timeout_s=WAIT_S)
            found = msgspec.msgpack.decode(value, type=tuple[ModelInfo, ...])
        except MethodNotFound:
            return Listed(provider=instance, problem=SILENT)
        except BAD_BODY as error:
            raise ProtocolViolation(f"{instance} answered {MODEL_LIST} with what is no list of models") from error
        except PegboardError as error:
            return Listed(provider=instance, problem=error.message)
        return Listed(provider=instance, models=found, problem="" if found else SILENT)

    return hold(started, ask, lone=True)


def _lines(listed: Listed) -> Iterator[str]:
    provider, _, name = listed.provider.partition("@")
    if listed.problem:
        yield f"{listed.provider}: {clipped(listed.problem, 300)}"
    for model in listed.models:
        size = f"  {model.context:,} tokens" if model.context else ""
        server = f"  on the server of [models.{name}]" if name else ""
        yield f"{provider}/{model.id}{size}{server}"


def _json(listed: Listed) -> Iterator[str]:
    """Of a provider that lists nothing, why."""
    if listed.problem:
        yield msgspec.json.encode({"provider": listed.provider, "problem": listed.problem}).decode()
    for model in listed.models:
        yield msgspec.json.encode({"provider": listed.provider, "model": model.id, "context": model.context}).decode()
