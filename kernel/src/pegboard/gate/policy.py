"""What is in force while a call is judged: rules with their sources, the mode, and how far it may go. Values only."""

from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from pegboard.gate.autonomy import EVERY_GATE, MODES, Gate
from pegboard.gate.glob import Anchor, Glob
from pegboard.gate.names import hidden
from pegboard.gate.path import PathFacts
from pegboard.gate.rule import Rule
from pegboard.gate.verdict import Mode, Verdict
from pegboard_sdk.wire.manifest import ToolEffect


class Policy(Struct, frozen=True, kw_only=True):
    """`cap` is the widest mode that those above permit; `sandbox` whether commands are confined."""

    rules: tuple[Rule, ...] = ()
    mode: Mode = Mode.ASK
    cap: Mode = Mode.FULL
    headless: bool = False
    """Nobody can be asked: every ask becomes a deny that names what would have allowed it."""
    sandbox: bool = False
    opened: frozenset[Gate] = frozenset()
    """Gates that are open beyond those of the mode."""
    limit: frozenset[Gate] = EVERY_GATE
    """No other gate opens, whatever the mode; a limit on `full` is its `cap`."""

    @property
    def reach(self) -> Mode:
        """The mode in force."""
        return min(self.mode, self.cap)

    @property
    def gates(self) -> frozenset[Gate]:
        """The gates that are open."""
        return (MODES[self.reach] | self.opened) & self.limit if self.reach is not Mode.PLAN else frozenset()

    def with_rules(self, rules: Iterable[Rule]) -> "Policy":
        """The same with more rules."""
        return replace(self, rules=(*self.rules, *rules))

    def of(self, verdict: Verdict) -> Iterator[Rule]:
        """The rules of one kind, in order."""
        return iter([rule for rule in self.rules if rule.verdict is verdict])

    def narrowing(self) -> Iterator[Rule]:
        """The rules that deny or ask, in order."""
        return iter([rule for rule in self.rules if rule.verdict is not Verdict.ALLOW])

    def hides(self, folder: PathFacts) -> tuple[str, ...]:
        """What a reader of the whole `folder` must not show: gitignore lines as seen from it."""
        lines = dict.fromkeys(hidden())
        for glob in self._unread():
            lines.update(dict.fromkeys(glob.seen_from(folder.real, root=folder.root, home=folder.home)))
        return tuple(lines)

    def denied_files(self) -> Iterator[str]:
        """Files of the workspace that deny rules on reading name exactly."""
        yield from (
            glob.plain for glob in self._unread() if glob.literal and glob.anchor not in (Anchor.ROOT, Anchor.HOME)
        )

    def _unread(self) -> Iterator[Glob]:
        for rule in self.of(Verdict.DENY):
            if rule.glob is not None and (rule.head is None or rule.head.effect is ToolEffect.READ):
                yield rule.glob
