"""Which addresses and names of hosts are this machine's own."""

from __future__ import annotations

import ipaddress
from functools import lru_cache


@lru_cache(maxsize=1_000)
def is_loopback(host: str) -> bool:
    """Say whether a host leads nowhere but to this machine.

    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("shop.example")
    (True, True, False)
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
