"""The one spelling of a command that rules are compared with. Changes nothing that a program could notice."""

from pegboard.gate.command.row import Row, row_of


def canonical(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words with bundled flags apart, and without the flags before a subcommand that change nothing."""
    row, kept, at = row_of(words[0]), [words[0]], 1
    while row is not None and "sub" in row.flags:
        while at < len(words) and is_plain_flag(row, words[at]):
            at += 1
        if at >= len(words) or words[at].startswith("-"):
            break
        kept.append(words[at])
        row = row_of(f"{row.name} {words[at]}")
        at += 1
    if at >= len(words) and len(kept) == 1:
        return words
    if row is None or not row.flags.isdisjoint({"raw", "go", "sub"}):
        return (*kept, *words[at:])
    return (*kept, *unbundled(row, words[at:]))


def is_plain_flag(row: Row, word: str) -> bool:
    option = row.options.get(word)
    return option is not None and not option.roles and not option.uses


def unbundled(row: Row, words: tuple[str, ...]) -> list[str]:
    """Bundles of flags without values taken apart, up to where options end."""
    kept: list[str] = []
    for index, word in enumerate(words):
        if word == "--" or ("posix" in row.flags and word[:1] != "-"):
            return [*kept, *words[index:]]
        flags = [f"-{letter}" for letter in word[1:]]
        bundle = len(flags) > 1 and word[0] == "-" and word[1] != "-" and word not in row.options
        if bundle and all(flag in row.options and not row.options[flag].roles for flag in flags):
            kept.extend(flags)
        else:
            kept.append(word)
    return kept
