"""Protection as a process: `python -m protection all|api|events|migrate|openapi`."""

from casefile.start import start
from kit.runtime import Service, main
from protection import api, consumers, models
from protection.settings import Settings

SERVICE = Service(
    "protection", Settings, [api.router], models.Base.metadata, on_start=start, consumers=consumers.register
)

if __name__ == "__main__":
    main(SERVICE)
