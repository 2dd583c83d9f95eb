"""The vault as a process: `python -m vault all|api|events|migrate|openapi`."""

import asyncio
import logging
import sys

from casefile.start import start
from kit.runtime import Service, State, main
from vault import api, consumers, models
from vault.keys import KeyFileTooOpen, load_master
from vault.service import Vault, sweep_orphans
from vault.settings import Settings

SWEEP_SECONDS = 3600
log = logging.getLogger("vault")


async def open_vault(state: State) -> None:
    """Load the master key; a key file that others may read ends the process."""
    if not isinstance(state.settings, Settings):
        raise TypeError("the vault needs its own settings")
    await start(state)
    try:
        state.put(Vault(load_master(state.settings.master_key_file)))
    except KeyFileTooOpen as refusal:
        sys.exit(f"vault: {refusal}")


async def sweep(state: State) -> None:
    """Every hour: destroy what was sealed for reports that were never committed."""
    while True:
        async with state.uow() as tx:
            swept = await sweep_orphans(tx)
        if swept:
            log.info("swept the texts of %d orphaned cases", len(swept))
        await asyncio.sleep(SWEEP_SECONDS)


SERVICE = Service(
    "vault",
    Settings,
    [api.router],
    models.Base.metadata,
    on_start=open_vault,
    consumers=consumers.register,
    background=[sweep],
)

if __name__ == "__main__":
    main(SERVICE)
