"""Amounts of money as words."""

from __future__ import annotations


def money(amount: float) -> str:
    """Write an amount with two decimals at most, in full.

    >>> money(39.0), money(12999.99), money(1234567.5)
    ('39', '12999.99', '1234567.5')
    """
    return f"{amount:.2f}".rstrip("0").rstrip(".")
