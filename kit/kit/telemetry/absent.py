"""Loads OpenTelemetry's resources without psutil, which they would only use to name a process: 0.8 MB."""

import sys
from importlib import import_module

if "psutil" not in sys.modules:
    sys.modules["psutil"] = None  # pyright: ignore[reportArgumentType]  # None: "this import fails"
    import_module("opentelemetry.sdk.resources")
    del sys.modules["psutil"]  # whoever needs it later gets it
