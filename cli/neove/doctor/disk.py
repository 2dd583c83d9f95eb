"""Is there room on the disk of the state directory?"""

import shutil

from neove.doctor.finding import Finding
from stack.stack import Stack

LOW_DISK_BYTES = 1_000_000_000


def finding(stack: Stack) -> Finding:
    """One line for the disk."""
    free = shutil.disk_usage(stack.state).free
    return Finding("disk", "bad" if free < LOW_DISK_BYTES else "ok", f"{free / 1e9:.1f} GB free at {stack.state}")
