"""Numbers as the read-outs write them."""


def number(value: float, decimals: int = 2, *, sign: bool = False) -> str:
    """Format a number for a read-out, with a real minus sign and without minus zero.

    Examples
    --------
    >>> number(-0.001), number(-1.5), number(2, sign=True)
    ('0.00', '−1.50', '+2.00')
    """
    rounded = round(value, decimals) + 0.0
    return f"{rounded:{'+' if sign else ''}.{decimals}f}".replace("-", "−")


def subscript(n: int) -> str:
    """Return a whole number in small low digits.

    Examples
    --------
    >>> "z" + subscript(12)
    'z₁₂'
    """
    return str(n).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))


def short(value: float) -> str:
    """Return a number >= 0 with three digits.

    Examples
    --------
    >>> short(0.01234), short(1234.0)
    ('0.0123', '1,234')
    """
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
