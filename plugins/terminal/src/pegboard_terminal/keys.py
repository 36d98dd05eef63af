"""Which key does what, as a table: the bindings, the README and `/help` of the front-end come from it. Pure."""

from collections.abc import Iterable
from enum import Enum
from typing import Final

from msgspec import Struct


class Place(Enum):
    """Where the keys go."""

    INPUT = "input"
    MENU = "menu"
    QUESTION = "question"
    ANYWHERE = "anywhere"


class Key(Struct, frozen=True):
    """A key. `keys` are prompt_toolkit's names, `action` a method of `Desk`; without `about` it is not told."""

    shown: str
    keys: tuple[tuple[str, ...], ...]
    action: str
    about: str = ""
    place: Place = Place.INPUT


KEYS: Final = (
    Key("Enter", (("enter",),), "send", "send; while the agent works, steer it: it reads this behind the running tool"),
    Key("Alt+Enter", (("escape", "enter"),), "queue", "while the agent works, queue for afterwards; else a new line"),
    Key("Shift+Enter, Ctrl+J, `\\` Enter", (("c-j",),), "newline", "a new line"),
    Key("Alt+Up", (("escape", "up"),), "take_back", "take back the newest prompt that has not gone in yet"),
    Key("Esc", (("escape",),), "escape", "interrupt the agent; close a menu or a question", Place.ANYWHERE),
    Key("Esc Esc", (), "", "rewind (`/rewind`); with text in the input, clear it"),
    Key("Shift+Tab", (("s-tab",),), "next_mode", "the next mode: how much is asked"),
    Key("Tab", (("tab",),), "complete", "complete a command, a file or a model"),
    Key("Ctrl+O", (("c-o",),), "expand", "print in whole what was folded last; again, the one before", Place.ANYWHERE),
    Key("Ctrl+R", (("c-r",),), "search", "search what was typed before"),
    Key("Up, Down", (("up",),), "up", "the lines of the input, then what was typed before"),
    Key("", (("down",),), "down"),
    Key("Ctrl+C", (("c-c",),), "clear", "clear the input; interrupt; twice: leave", Place.ANYWHERE),
    Key("Ctrl+D", (("c-d",),), "end", "leave, when the input is empty"),
    Key("Ctrl+L", (("c-l",),), "clear_screen", "clear the screen", Place.ANYWHERE),
    Key("Ctrl+Z", (("c-z",),), "suspend", "stop, and give the terminal to the shell; `fg` goes on", Place.ANYWHERE),
    Key("Ctrl+V", (("c-v",),), "paste_image", "paste the image that is in the clipboard (`/paste`)"),
    Key("", (("<bracketed-paste>",),), "paste", "", Place.ANYWHERE),
    Key("Up, Down, Tab, Enter", (("up",),), "menu_up", "in a menu: choose and take", Place.MENU),
    Key("", (("down",),), "menu_down", "", Place.MENU),
    Key("", (("tab",),), "menu_take", "", Place.MENU),
    Key("", (("enter",),), "menu_enter", "", Place.MENU),
    Key("Up, Down, Enter", (("up",),), "choice_up", "in a question: choose and answer", Place.QUESTION),
    Key("", (("down",),), "choice_down", "", Place.QUESTION),
    Key("", (("enter",),), "answer", "", Place.QUESTION),
    Key(
        "`y` `n` … Enter", (), "", "in a question: the choice that begins so; other text is a no that the agent reads",
    ),
    Key("PgDn, PgUp", (("pagedown",),), "page_down", "in a long question: the rest of it", Place.QUESTION),
    Key("", (("pageup",),), "page_up", "", Place.QUESTION),
    Key("`show` Enter", (), "", "in a long question: print all of it"),
)  # fmt: skip

PREFIXES: Final = (
    ("`/`", "a command; `/help` lists them"),
    ("`@`", "a file, found by letters of its path"),
    ("`!`", "a command of the shell, whose output the agent reads"),
    ("`!!`", "a command of the shell, whose output it does not read"),
)


def table(keys: Iterable[Key] = KEYS) -> str:
    """The keys as a table of markdown."""
    rows = [f"| {key.shown} | {key.about} |" for key in keys if key.about]
    rows += [f"| {prefix} … | {about} |" for prefix, about in PREFIXES]
    return "\n".join(["| key | what it does |", "|---|---|", *rows])
