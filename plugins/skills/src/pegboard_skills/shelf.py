"""The skills of one session: what is offered, what the prompt says of them, what loading one gives. Pure.

The user's own come before the project's, and both before the packs that ship: a project can add, never replace.
"""

from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Final

from pegboard_skills.front import SKILL, Flawed, Skill, clear_text, skill_from

YOU: Final = "you"
PROJECT: Final = "project"
PACK: Final = "pack"
OWN: Final = "~/"
"""Begins the path of what is the user's own, not the project's."""

MAX_TOLD: Final = 240
"""Characters of a description in the prompt."""
MAX_PROMPT: Final = 6000
"""Characters of the whole part; what does not fit is named without its description."""


class Shelf:
    """What a session has. `flaws` are files that are no skills, by their path, with the reason."""

    def __init__(self, obeyed: Mapping[str, bytes], packs: Iterable[Skill] = ()) -> None:
        self.skills: dict[str, Skill] = {}
        self.flaws: dict[str, str] = {}
        # Sorting puts `~/` behind every other name.
        for path in sorted(obeyed, key=lambda path: (not path.startswith(OWN), path)):
            if path.endswith(f"/{SKILL}"):
                self._add(path, obeyed)
        for pack in packs:
            self.skills.setdefault(pack.name, pack)

    def told(self) -> str | None:
        """The part of the system prompt; None where there is nothing to tell."""
        if not self.skills:
            return None
        lines = ["Before work of these kinds, load its instructions with load_skill, and keep to them:"]
        room = MAX_PROMPT - sum(len(name) + 4 for name in self.skills)
        for skill in self.skills.values():
            text = skill.description
            text = text if len(text) <= MAX_TOLD else f"{text[: MAX_TOLD - 1].rstrip()}…"
            room -= len(text)
            lines.append(f"- {skill.name}: {text}" if room >= 0 else f"- {skill.name}")
        return "\n".join(lines)

    def loaded(self, name: str, file: str = "") -> str:
        """A skill's body with the names of its files, or one of these. Raises Flawed where there is none."""
        skill = self.skills.get(name)
        if skill is None:
            raise Flawed(f"there is no skill `{name}`; there are: {', '.join(self.skills) or 'none'}")
        if file:
            if file not in skill.files:
                raise Flawed(f"the skill `{name}` has no file `{file}`; it has: {', '.join(skill.files) or 'none'}")
            try:
                return clear_text(skill.files[file])
            except Flawed as flaw:
                raise Flawed(f"{file} of the skill `{name}`: {flaw}") from None
        if not skill.files:
            return skill.body
        folder = str(PurePosixPath(skill.place).parent)
        names = "\n".join(f"- {file}" for file in skill.files)
        return f"{skill.body}\n\nFiles of this skill, in {folder}; load_skill gives one with `file`:\n{names}"

    def listed(self) -> str:
        """For people: each skill with its owner and what loading it costs, and what is wrong with the others."""
        rows = [
            f"{skill.name:24} {skill.owner:8} ~{skill.tokens} tokens  {skill.description[:MAX_TOLD]}"
            for skill in self.skills.values()
        ]
        rows += [f"{path}: {reason}" for path, reason in self.flaws.items()]
        return "\n".join(rows) or "no skills"

    def _add(self, path: str, obeyed: Mapping[str, bytes]) -> None:
        folder = path.removesuffix(SKILL)
        files = {name.removeprefix(folder): obeyed[name] for name in obeyed if name.startswith(folder) and name != path}
        owner = YOU if path.startswith(OWN) else PROJECT
        try:
            skill = skill_from(
                obeyed[path], folder=PurePosixPath(folder).name.lower(), owner=owner, place=path, files=files
            )
        except Flawed as flaw:
            self.flaws[path] = str(flaw)
            return
        known = self.skills.setdefault(skill.name, skill)
        if known is not skill:
            self.flaws[path] = f"its name `{skill.name}` is taken by {known.place}, which counts"
