"""Which addresses never leave this machine."""

import ipaddress


def is_loopback(host: str | None) -> bool:
    """Whether this is a loopback address, or the name of one."""
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False
