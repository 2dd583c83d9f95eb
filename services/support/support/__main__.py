"""Support as a process: `python -m support all|api|events|migrate|openapi`."""

from casefile.start import start
from kit.runtime import Service, main
from support import api, consumers, models, providers
from support.settings import Settings

SERVICE = Service(
    "support",
    Settings,
    [api.router],
    models.Base.metadata,
    on_start=start,
    consumers=consumers.register,
    background=[providers.provider_list],
)

if __name__ == "__main__":
    main(SERVICE)
