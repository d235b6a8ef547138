"""The pages of runs served on 127.0.0.1: live while a run is going, and a place to say which findings are right."""

from __future__ import annotations

from replay.view.server import Server, serve
from replay.view.shelf import Shelf

__all__ = ["Server", "Shelf", "serve"]
