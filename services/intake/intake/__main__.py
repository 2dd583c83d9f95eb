"""Intake as a process: `python -m intake all|api|events|migrate|openapi`."""

from casefile.start import start
from intake import api, models
from intake.settings import Settings
from intake.unconfirmed import settle_unconfirmed
from kit.runtime import Service, main

SERVICE = Service(
    "intake",
    Settings,
    [api.router],
    models.Base.metadata,
    on_start=start,
    background=[settle_unconfirmed],
)

if __name__ == "__main__":
    main(SERVICE)
