"""Loads FastAPI so that its models of an OpenAPI document are built when one is asked for: 0.7 MB in each process."""

import sys
from importlib import import_module

from pydantic import BaseModel, ConfigDict

if "fastapi" not in sys.modules:
    own = BaseModel.model_config
    BaseModel.model_config = ConfigDict(defer_build=True)
    import_module("fastapi")
    BaseModel.model_config = own
