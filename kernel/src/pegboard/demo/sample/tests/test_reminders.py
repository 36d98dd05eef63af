"""Who gets a letter, and what it says."""

import unittest
from datetime import date

from loans.reminders import Loan, letter, overdue

TODAY = date(2024, 3, 25)
FORGOTTEN = Loan("Ada", "Middlemarch", date(2024, 1, 10))
LATE = Loan("Grace", "Ulysses", date(2024, 2, 29))
IN_GRACE = Loan("Alan", "Emma", date(2024, 3, 1))
FRESH = Loan("Edsger", "Dubliners", date(2024, 3, 20))


class Reminders(unittest.TestCase):
    """The rules for reminders."""

    def test_letters_go_to_those_who_owe_something(self) -> None:
        self.assertEqual(overdue([FRESH, IN_GRACE, LATE], TODAY), [LATE])

    def test_the_largest_fine_comes_first(self) -> None:
        self.assertEqual(overdue([LATE, FORGOTTEN], TODAY), [FORGOTTEN, LATE])

    def test_a_letter_says_what_is_owed(self) -> None:
        self.assertIn("You owe 0.80 euros", letter(LATE, TODAY))
