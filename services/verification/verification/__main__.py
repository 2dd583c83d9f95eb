"""Verification as a process: `python -m verification all|api|events|migrate|openapi`."""

from casefile.start import start
from kit.runtime import Service, main
from verification import api, consumers, models
from verification.settings import Settings

SERVICE = Service(
    "verification", Settings, [api.router], models.Base.metadata, on_start=start, consumers=consumers.register
)

if __name__ == "__main__":
    main(SERVICE)
