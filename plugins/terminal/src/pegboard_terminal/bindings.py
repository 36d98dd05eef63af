"""The table of keys as prompt_toolkit's bindings."""

from prompt_toolkit.filters import Condition, Filter
from prompt_toolkit.key_binding import KeyBindings

from pegboard_terminal.actions import Actions
from pegboard_terminal.desk import Desk
from pegboard_terminal.keys import KEYS, Place


def bindings(desk: Desk, actions: Actions) -> KeyBindings:
    """Every key of the table, where it counts; editing keys are prompt_toolkit's own."""
    asking = Condition(lambda: desk.panel is not None)
    choosing = Condition(lambda: bool(desk.menu) and desk.panel is None)
    places: dict[Place, Filter] = {
        Place.INPUT: ~asking,
        Place.MENU: choosing,
        Place.QUESTION: asking,
        Place.ANYWHERE: Condition(lambda: True),
    }
    made = KeyBindings()
    for key in KEYS:
        for keys in key.keys:
            made.add(*keys, filter=places[key.place])(getattr(actions, key.action))
    return made
