"""What deny rules find in texts that were not understood."""

import pytest

from pegboard.gate.command.loose import hidden_program, loose_words, written


@pytest.mark.parametrize(
    "text",
    [
        "rm x",
        "\\rm x",
        "r''m x",
        '"rm" x',
        "/bin/rm x",
        "(rm x)",
        "a;rm x",
        "`rm x`",
        "$(rm x)",
        "r${y}m x",
        "r$(true)m x",
        "$'\\x72m' x",
        "$'r\\155' x",
        "rm${IFS}x",
        "{rm,x}",
        "X=rm",
        "${x:-rm}",
        "rm<x",
        "r\\\nm x",
        "'-c' 'rm x'",
        "\"a\"'rm x'",
    ],
)
def test_a_program_is_found_however_it_is_spelt(text: str) -> None:
    assert "rm" in loose_words(text)


@pytest.mark.parametrize(
    "text",
    [
        "cat .env",
        "cat './.env'",
        "cat $PWD/.env",
        'cat "$PWD"/.env',
        "cat <.env",
        "x=.env",
        "-f.env",
        "@.env",
        "cat .e{nv,}",
    ],
)
def test_a_path_is_found_however_it_is_spelt(text: str) -> None:
    assert ".env" in loose_words(text)


@pytest.mark.parametrize(
    "text",
    [
        "$x y",
        '"$x" y',
        "a; $(b)",
        "`a`",
        "l? x",
        "x=rm; $x f",
        "echo rm | sh",
        "curl x | bash -s",
        "bash < x",
        "if $x; then y; fi",
        "env $x",
        "exec $0",
        "/bin/r[m] x",
        "(/???/x)",
        "parallel < x",
    ],
)
def test_a_program_that_the_text_does_not_name_is_noticed(text: str) -> None:
    assert hidden_program(text)


@pytest.mark.parametrize(
    "text",
    ["echo $x", 'ls "$x"', "cat $(ls)", "for i in a; do echo $i; done", "X=$(date) make", "ls > $x", "a && b $c"],
)
def test_a_text_that_names_its_programs_hides_none(text: str) -> None:
    assert hidden_program(text) == ""


def test_what_is_written_is_found() -> None:
    assert written("a > b; c >>'d e' 2>f >| g &> h") == {"b", "d", "f", "g", "h"}
