"""The front-end's process on a real terminal: what keys do, who is asked, and how it leaves."""

import os
import signal
import time
from pathlib import Path

import pytest
from terminal_stage import ALT_ENTER, CTRL_C, CTRL_D, ENTER, ESC, KNOWN, UP, staged

from pegboard_sdk.wire.fronting import Left, Said, Status, When
from pegboard_sdk.wire.records import (
    Answer,
    Delta,
    Failure,
    Message,
    Outcome,
    Program,
    Question,
    Role,
    Text,
    ToolResult,
    ToolUse,
)

BUSY = Status(session="s", mode="ask", busy=True)
IDLE = Status(session="s", mode="ask")
GATE = Question(
    question="q", text="t", tool="bash", reason="r", choices=("yes", "no"), covers={}, sha256="ab" * 32,
    programs=(Program(argv=("make",)),),
)  # fmt: skip
EVIL = "\x1b]0;pwned\x07\x1b[2J\x1b[31m\x9b5n\x07\x08\r\u202e漢e\u0301\u0301\u0301\u0301\u0301\x1b[6n"
ALT_UP, SHIFT_TAB, CTRL_O, CTRL_R, CTRL_L, CTRL_J = "\x1b\x1b[A", "\x1b[Z", "\x0f", "\x12", "\x0c", "\n"


def test_prompts_are_sent_steered_queued_and_taken_back() -> None:
    with staged() as stage:
        session = stage.session
        stage.see("Ask anything")
        stage.type(f"one{ALT_ENTER}two\\{ENTER}three{CTRL_J}four{ENTER}")
        session.until(lambda: len(session.prompts) == 1)
        session.show(status=BUSY)
        stage.see("Enter steers")
        stage.type(f"steer{ENTER}")
        session.until(lambda: len(session.prompts) == 2)
        stage.type(f"later{ALT_ENTER}")
        session.until(lambda: len(session.prompts) == 3)
        assert [(each.text, each.when) for each in session.prompts] == [
            ("one\ntwo\nthree\nfour", When.STEER),
            ("steer", When.STEER),
            ("later", When.QUEUE),
        ]
        stage.type(ALT_UP)
        session.until(lambda: len(session.prompts) == 2)
        stage.see("\u276f later")


def test_keys_of_habit_do_what_fingers_expect(tmp_path: Path) -> None:
    with staged(data_dir=str(tmp_path)) as stage:
        session = stage.session
        stage.see("Ask anything")
        stage.type(SHIFT_TAB)
        session.until(lambda: session.lines == ["/mode next"])
        stage.see("ran /mode next")
        session.show(status=BUSY)
        stage.see("Esc interrupts")
        stage.type(ESC)
        session.until(lambda: session.interrupts == 1)
        session.show(status=IDLE)
        stage.see("Ask anything")
        stage.type(ESC)
        stage.see("Esc again rewinds")
        stage.type(ESC)
        session.until(lambda: session.lines[-1] == "/rewind")
        stage.type(f"first prompt{ENTER}")
        stage.type(f"second prompt{ENTER}")
        session.until(lambda: len(session.prompts) == 2)
        stage.type(UP)
        stage.see("\u276f second prompt\n")
        stage.type(UP)
        stage.see("\u276f first prompt\n")
        stage.type(CTRL_C)
        stage.see("Ask anything")
        stage.type(CTRL_R)
        stage.see("What was typed before")
        stage.type(f"fp{ENTER}")
        stage.see("\u276f first prompt\n")
        stage.type("\x15" + CTRL_L)
        stage.gone("ran /mode")
        stage.type(CTRL_D)
        assert session.left() == Left()
    assert (tmp_path / "history.jsonl").read_text().count("prompt") == 2


def test_folded_output_is_printed_in_whole() -> None:
    with staged() as stage:
        stage.see("Ask anything")
        use = ToolUse(call="c", tool="bash", arguments={"command": "seq 9"}, turn=1)
        text = "\n".join(f"number {at}" for at in range(9))
        stage.session.show(use, ToolResult(call="c", tool="bash", outcome=Outcome.OK, parts=(Text(text=text),)))
        assert "number 3" not in stage.see("✓ bash seq 9  9 lines")
        stage.type(CTRL_O)
        stage.see("number 8")
        stage.type(CTRL_O)
        stage.see("nothing is folded")


def test_keys_typed_before_anything_is_drawn_are_kept() -> None:
    with staged() as stage:
        stage.until(lambda: b"Pegboard" in stage.terminal.sent)
        stage.type("typed early")
        stage.see("\u276f typed early")
        assert "typed early" not in stage.terminal.lines()[0]
        stage.type(ENTER)
        stage.session.until(lambda: bool(stage.session.prompts))
        assert stage.session.prompts[0].text == "typed early"


def test_a_question_waits_for_a_pause_and_keys_of_a_prompt_never_answer_it() -> None:
    with staged() as stage:
        stage.see("Ask anything")
        stage.type("yes, and the")
        asked = stage.session.start_ask(GATE)
        stage.type(f"n also y{ENTER}")
        stage.session.until(lambda: bool(stage.session.prompts))
        assert stage.session.prompts[0].text == "yes, and then also y"
        stage.see("\u2502 make")
        stage.type(f"y{ENTER}")
        assert asked.result(Answer) == Answer(question="q", answer="yes", by="terminal", sha256="ab" * 32)
        stage.see("Ask anything")


def test_a_question_that_another_answered_goes_away() -> None:
    with staged() as stage:
        stage.see("Ask anything")
        asked = stage.session.start_ask(GATE)
        stage.see("\u2502 make")
        asked.cancel()
        stage.gone("\u2502 make")
        stage.see("Ask anything")


def test_escape_refuses_a_question_and_interrupts() -> None:
    with staged() as stage:
        stage.see("Ask anything")
        stage.session.show(status=BUSY)
        asked = stage.session.start_ask(GATE)
        stage.see("\u2502 make")
        stage.type(ESC)
        stage.session.until(lambda: stage.session.interrupts == 1)
        assert asked.result(Answer) == Answer(question="q", answer="no", by="terminal")


def test_what_a_command_says_is_done() -> None:
    replies = {
        "/copy": Said(copy="to the clipboard"),
        "/edit": Said(draft="a draft"),
        "/theme light": Said(text="light from now on", theme="light"),
        "/fail": Said(text="it cannot", failed=True),
        "/quit": Said(leave=True),
    }
    with staged() as stage:
        stage.session.said = replies.__getitem__
        stage.see("Ask anything")
        for line, wanted in (("/fail", "it cannot"), ("/theme light", "light from now"), ("/edit", "\u276f a draft")):
            stage.type(line + ENTER)
            stage.session.until(lambda line=line: line in stage.session.lines)  # type: ignore[misc]
            stage.see(wanted)
        stage.type("\x15/copy" + ENTER)
        stage.session.until(lambda: "/copy" in stage.session.lines)
        stage.until(lambda: b"\x1b]52;c;dG8gdGhlIGNsaXBib2FyZA==\x1b\\" in stage.terminal.sent, "the clipboard")
        stage.type("/quit" + ENTER)
        assert stage.session.left() == Left()


def test_the_terminal_is_left_as_it_was_without_the_live_area() -> None:
    with staged() as stage:
        stage.see("Ask anything")
        stage.session.show(Message(role=Role.USER, parts=(Text(text="stays"),)), status=BUSY)
        stage.see("stays")
        stage.type(CTRL_C + CTRL_C)
        assert stage.session.left() == Left()
        stage.gone("Enter steers")
        assert stage.terminal.lines()[:3] == ["Pegboard · ~/shop", "", "\u276f stays"]
        assert stage.terminal.modes() == stage.terminal.modes_before
        assert not stage.terminal.screen.cursor.hidden


def test_hostile_text_never_reaches_the_terminal_as_a_command() -> None:
    with staged() as stage:
        stage.see("Ask anything")
        evil = Status(session=EVIL, title=EVIL, model=EVIL, mode=EVIL, busy=True, doing=EVIL, queued=(EVIL,))
        use = ToolUse(call="c", tool=EVIL, arguments={"command": EVIL}, turn=1)
        stage.session.show(Message(role=Role.USER, parts=(Text(text=EVIL),)), use, status=evil)
        stage.session.show(Delta(stream="output", call="c", text=EVIL), Delta(stream="text", text=EVIL))
        stage.session.show(ToolResult(call="c", tool=EVIL, outcome=Outcome.FAILED, parts=(Text(text=EVIL * 99),)))
        stage.session.show(
            Failure(code=EVIL, message=EVIL), Delta(stream="text", text=f"\n\n```{EVIL}\n{EVIL}\n```\n\nend")
        )
        stage.see("end")
        asked = stage.session.start_ask(Question(question="q", text=EVIL, choices=(EVIL, "b"), covers={EVIL: EVIL}))
        stage.see("\u276f \\S+ ")
        asked.cancel()
        stage.gone("\u2502")
        sent = stage.terminal.sent.decode()
        left = KNOWN.sub("", sent)
        assert not [letter for letter in left if ord(letter) < 32 or 127 <= ord(letter) < 160], repr(left[:400])
        assert "\u202e" not in sent
        assert not stage.terminal.screen.title.startswith("pwned")


def test_many_deltas_come_out_whole_and_once() -> None:
    with staged(24, 80) as stage:
        stage.see("Ask anything")
        stage.session.show(status=BUSY)
        words = [f"w{number}" for number in range(600)]
        for at in range(0, 600, 20):
            text = "".join(f"{word}\n\n" if at % 60 == 0 else f"{word} " for word in words[at : at + 20])
            stage.session.show(Delta(stream="text", text=text))
        stage.session.show(Message(role=Role.ASSISTANT, parts=()), status=IDLE)
        stage.see("w599")
        printed = " ".join(stage.terminal.everything()).split()
        assert [word for word in printed if word in set(words)] == words


def test_who_is_stopped_without_a_word_takes_the_terminal_again() -> None:
    with staged(24, 80) as stage:
        stage.see("Ask anything")
        raw = stage.terminal.modes()
        os.kill(stage.process.pid, signal.SIGSTOP)
        stage.terminal.set_modes(stage.terminal.modes_before)  # as a shell does that has it meanwhile
        stage.terminal.scribble("[1]+  Stopped   peg")
        stage.see("Stopped")
        os.kill(stage.process.pid, signal.SIGCONT)
        stage.until(lambda: stage.terminal.modes() == raw, "the terminal's modes")
        stage.gone("Stopped")
        stage.type("still here")
        stage.see("still here")


def test_a_session_in_plain_lines_sends_no_escape(tmp_path: Path) -> None:
    with staged(settings={"plain": True}, TERM="xterm", data_dir=str(tmp_path)) as stage:
        session = stage.session
        stage.see("/help lists")
        stage.type("hello\n")
        session.until(lambda: bool(session.prompts))
        session.show(Message(role=Role.USER, parts=(Text(text="hello"),)), status=BUSY)
        stage.see("working; /stop interrupts")
        session.show(Delta(stream="text", text="One **bold**.\n\nTwo"))
        assert "Two" not in stage.see("One bold")
        stage.type("/stop\n")
        session.until(lambda: session.interrupts == 1)
        asked = session.start_ask(GATE)
        stage.see("your answer:")
        stage.type("\n")
        assert asked.result(Answer) == Answer(question="q", answer="no", by="terminal", sha256="ab" * 32)
        asked = session.start_ask(GATE)
        stage.until(lambda: stage.screen().count("your answer:") == 2)
        stage.type("yes\n")
        assert asked.result(Answer).answer == "yes"
        session.show(status=IDLE)
        stage.see("ready")
        session.said = lambda line: Said(leave=line == "/quit")
        stage.type("/quit\n")
        assert session.left() == Left()
        assert b"\x1b" not in stage.terminal.sent


def test_a_session_that_goes_on_shows_its_end_once() -> None:
    with staged(24, 80) as stage:
        stage.see("Ask anything")
        for at in range(0, 400, 100):
            past = [Message(role=Role.USER, parts=(Text(text=f"prompt {number}"),)) for number in range(at, at + 100)]
            stage.session.show(*past, replay=True, anew=not at)
        stage.session.show(status=IDLE)
        stage.see("prompt 399")
        everything = "\n".join(stage.terminal.everything())
        assert "320 entries before these are in the journal" in everything
        assert "prompt 319" not in everything
        assert [number for number in range(320, 400) if everything.count(f"prompt {number}\n") != 1] == []
        stage.session.show(Message(role=Role.USER, parts=(Text(text="of another session"),)), replay=True, anew=True)
        stage.session.show(status=IDLE)
        stage.see("of another session")
        stage.gone("prompt 399")


@pytest.mark.parametrize("settings", [{"theme": 3}, {"thme": "dark"}], ids=["type", "name"])
def test_a_setting_that_is_wrong_is_said(settings: dict[str, object]) -> None:
    with (
        staged(settings=settings) as stage,
        pytest.raises(Exception, match=r"\[plugin.terminal\]: .*its keys are theme"),
    ):
        stage.session.left()


def test_the_kernels_end_is_the_front_ends_end() -> None:
    with staged() as stage:
        stage.see("Ask anything")
        began = time.monotonic()
        assert stage.process is not None
        stage.session._board.close()
        stage.process.wait(20)
        assert time.monotonic() - began < 20
        assert stage.terminal.modes() == stage.terminal.modes_before
