"""What a late book costs."""

import unittest
from datetime import date

from loans.fines import due_date, fine_cents

DUE = date(2024, 3, 1)


class Fines(unittest.TestCase):
    """The rules for fines."""

    def test_a_loan_lasts_three_weeks(self) -> None:
        self.assertEqual(due_date(date(2024, 2, 9)), DUE)

    def test_a_book_that_is_back_in_time_costs_nothing(self) -> None:
        self.assertEqual(fine_cents(DUE, date(2024, 2, 20)), 0)
        self.assertEqual(fine_cents(DUE, DUE), 0)

    def test_the_last_day_of_grace_costs_nothing(self) -> None:
        self.assertEqual(fine_cents(DUE, date(2024, 3, 4)), 0)

    def test_after_the_grace_every_late_day_counts(self) -> None:
        self.assertEqual(fine_cents(DUE, date(2024, 3, 5)), 80)

    def test_a_fine_has_an_upper_limit(self) -> None:
        self.assertEqual(fine_cents(DUE, date(2025, 3, 1)), 1000)
