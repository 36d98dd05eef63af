"""What a book costs that comes back late."""

from datetime import date, timedelta

LOAN_DAYS = 21
GRACE_DAYS = 3
CENTS_A_DAY = 20
MOST_CENTS = 1000


def due_date(lent: date) -> date:
    """The last day on which a book is not late."""
    return lent + timedelta(days=LOAN_DAYS)


def fine_cents(due: date, returned: date) -> int:
    """The fine in cents. Within the days of grace a late book costs nothing."""
    late = (returned - due).days
    if late < GRACE_DAYS:
        return 0
    return min(late * CENTS_A_DAY, MOST_CENTS)
