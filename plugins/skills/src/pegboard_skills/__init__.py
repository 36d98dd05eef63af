"""Skills: told to the model in a line each, loaded whole when it asks. Kernel and trust decide which files count."""

from collections import OrderedDict
from pathlib import Path
from typing import Final

from pegboard_sdk import Context, Plugin, ToolFailed
from pegboard_skills.front import Flawed, Skill, skill_from
from pegboard_skills.markers import fitting, names_in
from pegboard_skills.shelf import PACK, Shelf

MAX_SESSIONS: Final = 32
PACKS: Final = Path(__file__).parent / "packs"


class Shelves:
    """The shelf of each session, as it was when the session began; the one used longest ago is forgotten."""

    def __init__(self) -> None:
        self._held: OrderedDict[str, Shelf] = OrderedDict()

    def begin(self, session: str, workspace: str, obeyed: dict[str, bytes]) -> Shelf:
        """The shelf of a session that begins, from what somebody trusts."""
        self._held[session] = shelf = Shelf(obeyed, fitting(packs(), names_in(workspace)))
        while len(self._held) > MAX_SESSIONS:
            self._held.popitem(last=False)
        return shelf

    def of(self, session: str) -> Shelf:
        """The shelf of a session; outside one, that of the packs alone."""
        return self._held.get(session) or Shelf({}, packs())


def packs() -> list[Skill]:
    """All packs that ship."""
    return [
        skill_from(path.read_bytes(), folder=path.stem, owner=PACK, place=f"pegboard-skills/{path.name}")
        for path in sorted(PACKS.glob("*.md"))
    ]


def _assembled() -> Plugin:
    plugin = Plugin("skills")
    shelves = Shelves()

    @plugin.hook
    def context(session: str, workspace: str, obeyed: dict[str, bytes]) -> str | None:
        """Tells which skills there are."""
        return shelves.begin(session, workspace, obeyed or {}).told()

    @plugin.tool(effect="read", repeatable=True)
    def load_skill(name: str, file: str = "", *, ctx: Context) -> str:
        """Load the instructions of a skill, or one of its files.

        file: a file that the skill names
        """
        try:
            return shelves.of(ctx.session).loaded(name, file)
        except Flawed as flaw:
            raise ToolFailed(str(flaw)) from None

    @plugin.command("skills", summary="Lists the skills with their prices; with a name, shows one.")
    def skills(text: str, *, ctx: Context) -> str:
        """Shows skills to a person."""
        shelf = shelves.of(ctx.session)
        try:
            return shelf.loaded(text.strip()) if text.strip() else shelf.listed()
        except Flawed as flaw:
            return str(flaw)

    return plugin


plugin = _assembled()
