"""Plumbing that every service uses; no domain words."""

import sys
from types import ModuleType


class _CommandLine(ModuleType):
    """Stands for `uvicorn.main`, of which a service needs no more than the class that it hands on."""

    main = run = None

    @property
    def Server(self) -> object:  # noqa: N802  # the name in uvicorn
        """The class of uvicorn."""
        from uvicorn.server import Server

        return Server


# What libraries would load and no process needs. With None an import fails, which its importer expects.
sys.modules.setdefault("httpx._main", None)  # pyright: ignore[reportArgumentType]  # Rich, Pygments: 4 MB, 0.07 s
sys.modules.setdefault("pydantic.v1", None)  # pyright: ignore[reportArgumentType]  # FastAPI asks for it: 1.4 MB, 0.1 s
sys.modules.setdefault("uvicorn.main", _CommandLine("uvicorn.main"))  # Click, multiprocessing: 1.3 MB, 0.05 s
