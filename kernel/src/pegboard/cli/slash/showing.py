"""Commands that show how things stand: help, status, cost, plugins, hooks, tasks, memory, keys and the doctor."""

import sys
from collections.abc import Iterator
from subprocess import STDOUT
from typing import Final

import trio

from pegboard.cli.editing import set_value
from pegboard.cli.listing import written
from pegboard.cli.show import safe
from pegboard.cli.slash.scene import Kind, Row, Scene
from pegboard.cli.slash.typed import nearest
from pegboard.models.providers import BASE_URL, credentials_wanted
from pegboard_sdk.errors import InvalidParams, NotFound
from pegboard_sdk.hookspecs import MODES
from pegboard_sdk.wire.fronting import Form, Said

_DOCTOR_S: Final = 120


async def help_(scene: Scene, rest: str) -> Said:
    """All commands by what they are for, or one."""
    wanted = rest.lstrip("/").lower()
    if not wanted:
        return Said(text="\n".join(_help(scene.rows)))
    for row in scene.rows:
        if wanted in (row.name, *row.aliases):
            also = f"\nalso {', '.join(f'/{alias}' for alias in row.aliases)}" if row.aliases else ""
            return Said(text=f"/{row.name} {row.arguments}".rstrip() + f"\n{row.about}{also}")
    close = nearest(wanted, (name for row in scene.rows for name in (row.name, *row.aliases)))
    raise NotFound(f"no command /{wanted}" + (f"; did you mean /{close}?" if close else ""))


def _help(rows: tuple[Row, ...]) -> Iterator[str]:
    for kind in Kind:
        yield f"{kind.value}:"
        for row in rows:
            if row.kind is kind:
                also = f"  ({', '.join(f'/{alias}' for alias in row.aliases)})" if row.aliases else ""
                yield f"  {f'/{row.name} {row.arguments}'.rstrip():34} {row.about}{also}"
    own = [row for row in rows if row.kind is None]
    if own:
        yield "of plugins and yours:"
        yield from (f"  {f'/{row.name} {row.arguments}'.rstrip():34} {safe(row.about)} ({row.source})" for row in own)
    yield "!COMMAND runs a command and tells the model, !!COMMAND does not; @FILE mentions a file"


async def status(scene: Scene, rest: str) -> Said:
    """As a status line, with words."""
    now = scene.talk.status()
    rows = [
        ("session", f"{now.session}{f' ({now.title})' if now.title else ''}"),
        ("workspace", now.workspace),
        ("model", f"{now.model}{f', effort {now.effort}' if now.effort else ''}"),
        ("mode", now.mode),
        ("sandbox", now.tier or scene.started.rights.walls.name),
        ("context", f"about {now.context_used:,} tokens"),
        (
            "spent",
            f"{now.usage.input:,} tokens in ({now.usage.cached:,} cached), {now.usage.output:,} out{_money(now.cost)}",
        ),
        ("plugins", ", ".join(now.plugins) or "none runs"),
        ("runs", now.doing or "a run" if now.busy else "nothing"),
    ]
    return Said(text="\n".join(f"{name:10} {safe(value)}" for name, value in rows))


def _money(cost: float | None) -> str:
    return "" if cost is None else f", {cost:.4f} USD"


async def cost(scene: Scene, rest: str) -> Said:
    """What the provider counted; prices are the router's."""
    now = scene.talk.status()
    price = _money(now.cost).lstrip(", ") or "no price known: `/cost` of the plugin `router` has them"
    usage = now.usage
    return Said(text=f"{usage.input:,} tokens in ({usage.cached:,} cached), {usage.output:,} out; {price}")


async def plugins(scene: Scene, rest: str) -> Said:
    """What is installed and runs; enabling and disabling is for programs that start afterwards."""
    verb, _, name = rest.partition(" ")
    if verb in {"enable", "disable"} and name.strip():
        return _switched(scene, name.strip(), off=verb == "disable")
    if rest:
        raise InvalidParams("`/plugins` shows them; `/plugins enable NAME` and `/plugins disable NAME` switch one")
    return Said(text="\n".join(_plugins(scene)))


def _plugins(scene: Scene) -> Iterator[str]:
    registry = scene.started.registry
    live = {one.instance.partition("@")[0]: one for one in scene.ground.board.status()}
    for name, found in sorted(registry.plugins.items()):
        assert found.manifest is not None
        one = live.get(name)
        runs = (
            f"runs (pid {one.pid})"
            if one and one.pid
            else f"failed: {one.last_words}"
            if one and one.last_words
            else ""
        )
        yield f"{name:16} {found.manifest.version:10} {safe(found.manifest.summary)}  {safe(runs)}".rstrip()
    for name in scene.started.config.settings.plugins.disabled:
        yield f"{name:16} disabled"
    yield from (f"! {safe(problem)}" for problem in registry.problems())


def _switched(scene: Scene, name: str, *, off: bool) -> Said:
    now = scene.started.config.settings.plugins.disabled
    if off and name not in scene.started.registry.plugins:
        raise NotFound(f"no plugin {name!r} is in use; `/plugins` shows them")
    if not off and name not in now:
        raise NotFound(f"{name!r} is not disabled")
    path = scene.started.places.user_config
    wanted = [*dict.fromkeys((*now, name))] if off else [each for each in now if each != name]
    set_value(path, "plugins.disabled", written(wanted))
    return Said(text=f"{name} is {'disabled' if off else 'enabled'} in {path} from the next start on (`peg -c`)")


async def hooks(scene: Scene, rest: str) -> Said:
    """Who takes part, in order."""
    found = {name: scene.started.registry.hooks(name) for name in sorted(MODES)}
    rows = [
        f"{name:16} {', '.join(f'{offer.plugin} ({offer.entry.kind.value})' for offer in offers)}"
        for name, offers in found.items()
        if offers
    ]
    return Said(text="\n".join(rows) or "no plugin takes part in any hook")


async def tasks(scene: Scene, rest: str) -> Said:
    """What runs now. Nothing outlives the program, so nothing else can."""
    now = scene.talk.status()
    rows = [f"the run: {safe(now.doing) or 'the model answers'}, {now.seconds:.0f} s"] if now.busy else []
    rows += [f"{one.instance}: {one.calls} calls (pid {one.pid})" for one in scene.ground.board.status() if one.calls]
    rows += [f"waits: {safe(text)}" for text in (*now.steering, *now.queued)]
    return Said(text="\n".join(rows) or "nothing runs")


async def reload(scene: Scene, rest: str) -> Said:
    """Circuits of plugins close again; files of commands are read at each use anyway."""
    failed = [one.instance for one in scene.ground.board.status() if one.last_words and not one.pid]
    for instance in failed:
        scene.ground.board.retry(instance)
    again = f"{', '.join(failed)} will be started again when used; " if failed else ""
    return Said(text=f"{again}your own commands are read anew each time; new plugins and configuration need `peg -c`")


async def memory(scene: Scene, rest: str) -> Said:
    """The files whose words the model is told, as far as the folder is trusted."""
    rows = [f"{safe(part.name)} ({part.owner})  {len(part.text):,} characters" for part in scene.talk.start.additions]
    told = (
        "\n".join(rows) or "no instructions are obeyed; `/trust` shows how the folder stands, `/init` writes AGENTS.md"
    )
    return Said(text=f"{told}\nedit them with any editor; a changed file is trusted anew at the next start")


async def login(scene: Scene, rest: str) -> Said:
    """Keys are typed where nothing keeps a line: never here."""
    started = scene.started
    rows = []
    for owner, names in credentials_wanted(started.registry, started.config.settings).items():
        have = [name for name in names if started.credentials.keepers(name)]
        rows.append(f"{owner:16} {', '.join(have) if have else 'no key (' + ', '.join(names) + ')'}")
    rows.append(
        f"keep one with `peg login PROVIDER` in another terminal, not here; {BASE_URL} names a server of your own"
    )
    return Said(text="\n".join(rows))


async def doctor(scene: Scene, rest: str) -> Said:
    """`peg doctor`, in a process of its own since it tries things."""
    with trio.move_on_after(_DOCTOR_S):
        done = await trio.run_process(
            [sys.executable, "-m", "pegboard", "doctor"], capture_stdout=True, stderr=STDOUT, check=False
        )
        return Said(text=done.stdout.decode(errors="replace").rstrip(), failed=bool(done.returncode))
    return Said(text=f"`peg doctor` did not end within {_DOCTOR_S} s; run it in another terminal", failed=True)


async def proxy(scene: Scene, rest: str) -> Said:
    """The predecessor kept a token; here a proxy is a base URL like any other."""
    said = "a proxy of models is a base URL: `/config models.NAME.base_url URL`, and `peg login` keeps its key"
    return Said(text=said, form=Form.PLAIN)


async def daemon(scene: Scene, rest: str) -> Said:
    """Nothing outlives the program."""
    return Said(
        text="nothing runs in the background; `peg -p` in tmux, cron or CI does what a daemon would", failed=True
    )


async def quit_(scene: Scene, rest: str) -> Said:
    """The front-end leaves; the session stays."""
    return Said(leave=True)
