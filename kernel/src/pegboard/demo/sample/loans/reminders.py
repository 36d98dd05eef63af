"""Letters to those who owe something."""

from dataclasses import dataclass
from datetime import date

from loans import fines


@dataclass(frozen=True)
class Loan:
    """A book in somebody's hands."""

    reader: str
    title: str
    lent: date


def overdue(loans: "list[Loan]", today: date) -> "list[Loan]":
    """The loans that cost something today, the largest fine first."""
    late = [loan for loan in loans if (today - fines.due_date(loan.lent)).days >= fines.GRACE_DAYS]
    return sorted(late, key=lambda loan: loan.lent)


def letter(loan: Loan, today: date) -> str:
    """The text of one reminder."""
    cents = fines.fine_cents(fines.due_date(loan.lent), today)
    return f"Dear {loan.reader}, please bring back {loan.title!r}. You owe {cents / 100:.2f} euros."
