"""Tier T3: the profile that macOS's sandbox-exec enforces. Paths are parameters, never part of the text.

Text only: no path can end a string and go on as a rule. What is denied comes last, as the last rule that fits counts.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from pegboard.sandbox.confinement import Confinement, Network

PROGRAM: Final = "/usr/bin/sandbox-exec"


class Profile(Struct, frozen=True):
    """`text`, and the values of the parameters that it names."""

    text: str
    parameters: dict[str, str]

    def command(self, argv: Sequence[str]) -> list[str]:
        """What to execute instead of `argv`."""
        values = [word for name, value in self.parameters.items() for word in ("-D", f"{name}={value}")]
        return [PROGRAM, "-p", self.text, *values, "--", *argv]


def profile(confinement: Confinement, *, programs: Iterable[str] = (), port: int = 0) -> Profile:
    """The rules of a confinement; `programs` may be executed in any case, `port` is the proxy's on this machine."""
    rules, parameters = [Path(__file__).with_suffix(".sb").read_text(encoding="ascii").rstrip()], {}

    def rule(verdict: str, name: str, paths: Iterable[str]) -> None:
        for number, path in enumerate(paths):
            parameters[f"{name}_{number}"] = path.rstrip("/") or "/"
            rules.append(f'({verdict} (subpath (param "{name}_{number}")))')

    scratch = (confinement.scratch,) if confinement.scratch else ()
    rule("allow file-read*", "READ", (*confinement.read, *confinement.write, *scratch))
    rule("allow file-write*", "WRITE", (*confinement.write, *scratch))
    rule("allow process-exec", "PROGRAM", programs)
    if confinement.execute:
        rules.append("(allow process-exec)")
    if confinement.network is Network.HOST:
        rules.append("(allow network-outbound (remote ip)) (allow network-inbound (local ip)) (allow system-socket)")
    elif confinement.network is Network.PROXY:
        rules.append(f'(allow network-outbound (remote tcp "localhost:{int(port)}"))')
    if confinement.terminal:
        rules.append('(allow file-read* file-write* file-ioctl (literal "/dev/tty"))')
    rule("deny file-write*", "SHUT", confinement.shut)
    rule("deny file-read* file-write*", "HIDDEN", confinement.hidden)
    return Profile("\n".join(rules), parameters)
