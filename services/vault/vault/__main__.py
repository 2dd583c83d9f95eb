"""The vault as a process: `python -m vault all|api|events|migrate|openapi`."""

import asyncio
import logging
import sys

from casefile.start import start
from kit.crypto import KeyFileTooOpen, KeyRing
from kit.runtime import Service, State, main
from vault import api, consumers, models, unconfirmed
from vault.audit import api as audit
from vault.audit.collector import Collector
from vault.audit.start import collector
from vault.service import Vault
from vault.settings import Settings

COUNT_SECONDS = 3600
BUSY_SECONDS, IDLE_SECONDS = 2.0, 5.0
"""Between two rounds of the collector of looks: after one that found something, and after one that found nothing."""
log = logging.getLogger("vault")


async def open_vault(state: State) -> None:
    """Load the master key and make the collector of looks; a key file that others may read ends the process."""
    if not isinstance(state.settings, Settings):
        raise TypeError("the vault needs its own settings")
    await start(state)
    try:
        master = KeyRing.load_private(state.settings.master_key_file)
    except KeyFileTooOpen as refusal:
        sys.exit(f"vault: {refusal}")
    state.put(Vault(master))
    state.put(collector(state, state.settings, master))


async def collect_looks(state: State) -> None:
    """Chain what every service has recorded, round after round."""
    while True:
        taken = await state.get(Collector).round()
        await asyncio.sleep(BUSY_SECONDS if taken else IDLE_SECONDS)


async def count_unconfirmed(state: State) -> None:
    """Every hour: log how many cases wait for the answer of intake, and how many are in the bin."""
    while True:
        async with state.uow() as tx:
            waiting, binned = await unconfirmed.counts(tx)
        if waiting or binned:
            log.info("%d unconfirmed cases wait for the answer of intake, %d are in the bin", waiting, binned)
        await asyncio.sleep(COUNT_SECONDS)


SERVICE = Service(
    "vault",
    Settings,
    [api.router, audit.router],
    models.Base.metadata,
    on_start=open_vault,
    consumers=consumers.register,
    background=[count_unconfirmed, collect_looks],
)

if __name__ == "__main__":
    main(SERVICE)
