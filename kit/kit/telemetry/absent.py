"""Loads OpenTelemetry's resources without psutil, which they would only use to name a process: 0.8 MB."""

import sys

if "psutil" not in sys.modules:
    sys.modules["psutil"] = None  # pyright: ignore[reportArgumentType]  # None: "this import fails"
    import opentelemetry.sdk.resources  # noqa: F401  # loaded for those that import it after this

    del sys.modules["psutil"]  # whoever needs it later gets it
