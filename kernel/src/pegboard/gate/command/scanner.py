"""One pass over a text in the subset of shell that is understood (CONTRACTS 3). Raises on everything else."""

import re

from pegboard.gate.command import marks
from pegboard.gate.command.characters import is_odd
from pegboard.gate.command.script import Draft, Group, OutsideSubset, Word


class Scanner:
    """One pass over one text. Every method starts at `at` and leaves it behind what it took."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.words = 0
        self.steps = 0
        self.awaited: list[tuple[str, str, Draft]] = []

    def peek(self, count: int = 1) -> str:
        return self.text[self.at : self.at + count]

    def groups(self) -> tuple[Group, ...]:
        found: list[tuple[str, list[Draft]]] = []
        when = ";"
        while True:
            self.skip_space(lines=True)
            if not self.peek():
                break
            found.append((when, self.pipeline()))
            when = self.connector()
        if when != ";":
            raise OutsideSubset(f"nothing follows {when}")
        if self.awaited:
            raise OutsideSubset(f"the here-document does not end with {self.awaited[0][1]}")
        if not found:
            raise OutsideSubset("the command is empty")
        return tuple(Group(commands=tuple(draft.done() for draft in drafts), when=how) for how, drafts in found)

    def pipeline(self) -> list[Draft]:
        drafts = [self.command()]
        while self.peek() == "|" and self.peek(2) != "||":
            if self.peek(2) == "|&":
                raise OutsideSubset("|& joins both streams")
            self.at += 1
            self.skip_space(lines=True)
            drafts.append(self.command())
        return drafts

    def connector(self) -> str:
        """What stands behind a pipeline: `;` also for a newline and for the end of the text."""
        if self.peek(2) in ("&&", "||"):
            self.at += 2
            return self.text[self.at - 2 : self.at]
        if self.peek() == "&":
            raise OutsideSubset("& starts a job in the background")
        if self.peek(2) in (";;", ";&"):
            raise OutsideSubset("a clause of case")
        if self.peek() == ";":
            self.at += 1
        elif self.peek() == "\n":
            self.newline()
        return ";"

    def newline(self) -> None:
        """Step over a line's end and read the here-documents that begin there."""
        self.at += 1
        for dash, end, draft in self.awaited:
            tabs = r"\t*" if dash else ""
            last = re.compile(rf"(?m)^{tabs}{re.escape(end)}$").search(self.text, self.at)
            if last is None:
                raise OutsideSubset(f"the here-document does not end with {end}")
            body = self.text[self.at : last.start()]
            draft.stdin = re.sub(r"(?m)^\t+", "", body) if dash else body
            self.at = last.end() + 1
        self.awaited.clear()

    def skip_space(self, *, lines: bool) -> None:
        while True:
            self.at = marks.BLANKS.match(self.text, self.at).end()  # type: ignore[union-attr]
            if self.peek(2) == "\\\n":
                self.refuse_while_awaiting()
                self.at += 2
            elif self.peek() == "#":
                self.at = (self.text + "\n").index("\n", self.at)
            elif lines and self.peek() == "\n":
                self.newline()
            else:
                return

    def refuse_while_awaiting(self) -> None:
        if self.awaited:
            raise OutsideSubset("a line goes on between a here-document and its text")

    def command(self) -> Draft:
        self.steps += 1
        if self.steps > marks.MAX_STEPS:
            raise OutsideSubset(f"more than {marks.MAX_STEPS} commands", capped="steps")
        draft = Draft()
        while True:
            self.skip_space(lines=False)
            char = self.peek()
            if not char or char in "\n;|" or (char == "&" and self.peek(2) != "&>"):
                break
            if char in "<>" or self.peek(2) == "&>":
                self.redirection(draft, "")
                continue
            start = self.at
            word, raw = self.word(), self.text[start : self.at]
            # A line that goes on is joined before it is read: `1`, backslash, line break, `2>` is the stream 12.
            if marks.STREAM.fullmatch(raw.replace("\\\n", "")) and self.peek() and self.peek() in "<>":
                self.redirection(draft, word.text)
                continue
            draft.add(word, raw)
            self.words += 1
            if self.words > marks.MAX_WORDS:
                raise OutsideSubset(f"more than {marks.MAX_WORDS} words", capped="words")
        if not draft.words:
            raise OutsideSubset("a command is missing")
        return draft

    def redirection(self, draft: Draft, stream: str) -> None:
        if not draft.words:
            raise OutsideSubset("a redirection stands before the command")
        if not stream and (here := marks.HERE.match(self.text, self.at)):
            if any(owner is draft for _, _, owner in self.awaited) or draft.stdin is not None:
                raise OutsideSubset("two here-documents feed one command")
            self.awaited.append((here[1], here[2] or here[3], draft))
            self.at = here.end()
            return
        both = not stream and self.peek() == "&"
        found = marks.TO_NULL.match(self.text, self.at + (1 if both else 0))
        if found and stream in ("", "1", "2"):
            draft.discard(stdout=stream != "2", stderr=both or stream == "2")
        elif stream == "2" and (found := marks.TO_STDOUT.match(self.text, self.at)):
            draft.join()
        if not found or stream[:1] == "{":
            raise OutsideSubset("a redirection that is neither 2>&1 nor to /dev/null")
        self.at = found.end()

    def word(self) -> Word:
        text: list[str] = []
        pattern: list[str] = []
        bare, wild = True, False
        while char := self.peek():
            if char in marks.ENDS_WORD:
                if char in "()":
                    raise OutsideSubset(marks.MEANT[char])
                break
            if char in "'\"\\":
                bare = False
                quoted = self.quoted(char)
                text.append(quoted)
                pattern.extend(f"[{each}]" if each in "*?[" else each for each in quoted)
                continue
            run = marks.SAFE.match(self.text, self.at)
            if run:
                self.at, taken = run.end(), run[0]
            else:
                taken = self.plain(char, at_start=not text and bare)
                wild = wild or taken in "*?["
            text.append(taken)
            pattern.append(taken)
        whole = "".join(text)
        if bare and whole in ("[", "]"):
            wild = False
        return Word(whole, "".join(pattern) if wild else "")

    def plain(self, char: str, *, at_start: bool) -> str:
        """One unquoted character, or a pair of braces that bash leaves alone."""
        after = self.text[self.at + 1 : self.at + 2]
        if char in "$`":
            raise OutsideSubset(marks.MEANT[char])
        if (
            char == "!"
            and not marks.LONE_UNEQUAL.match(self.text, self.at)
            and not (at_start and (not after or after in marks.ENDS_WORD))
            and self.text[self.at - 1] != "["
        ):
            raise OutsideSubset(marks.MEANT[char])
        if char == "~" and (at_start or self.text[self.at - 1] in "=:"):
            raise OutsideSubset("a home folder")
        if char == "=" and at_start and not marks.LONE_EQUALS.match(self.text, self.at):
            raise OutsideSubset("a word that begins with =")
        if is_odd(char):
            raise OutsideSubset(f"U+{ord(char):04X} outside quotes")
        if char in "{}":
            braces = marks.PLAIN_BRACES.match(self.text, self.at)
            if not braces:
                raise OutsideSubset("a brace expansion or group")
            self.at = braces.end()
            return braces[0]
        self.at += 1
        return char

    def quoted(self, mark: str) -> str:
        """What a quote or a backslash stands for."""
        if mark == "\\":
            char = self.text[self.at + 1 : self.at + 2]
            if not char:
                raise OutsideSubset("a backslash at the end")
            self.at += 2
            if char == "\n":
                self.refuse_while_awaiting()
                return ""
            return char
        if mark == "'":
            end = self.text.find("'", self.at + 1)
            if end < 0:
                raise OutsideSubset("a quote that is not closed")
            inside = self.text[self.at + 1 : end]
            self.at = end + 1
        else:
            inside = self.double_quoted()
        if "\n" in inside:
            self.refuse_while_awaiting()
        return inside

    def double_quoted(self) -> str:
        self.at += 1
        taken: list[str] = []
        while char := self.peek():
            after = self.text[self.at + 1 : self.at + 2]
            if char == '"':
                self.at += 1
                return "".join(taken)
            if char == "`" or (char == "$" and (not after or after not in marks.LITERAL_DOLLAR)):
                raise OutsideSubset(marks.MEANT[char])
            if char == "\\" and after and after in '$`"\\\n':
                taken.append("" if after == "\n" else after)
                self.at += 2
                if after == "\n":
                    self.refuse_while_awaiting()
                continue
            taken.append(char)
            self.at += 1
        raise OutsideSubset("a quote that is not closed")
