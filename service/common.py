"""What the processes of one service have in common, loaded once: importing this module loads it.

A fork server imports it and forks the processes that answer, which then share the pages of modules
and compiled loops, and do not spend seconds on loading them. Nothing here starts a thread or opens
what a process writes to. Sources: documentation of `multiprocessing.set_forkserver_preload` and of
`gc.freeze`, which keeps a collection from writing into shared pages.
"""

from __future__ import annotations

import gc
import logging

import service.app  # noqa: F401  all that answers is loaded with it
from service import interpreter
from service.logs import log_line
from service.loops import load
from service.settings import ServiceSettings

interpreter.hold()
try:
    load(ServiceSettings().artifacts)
except Exception as error:  # each process then loads for itself, and tells what is wrong there
    log_line(logging.WARNING, "not_loaded_once", error=f"{type(error).__name__}: {error}")
gc.collect()
gc.freeze()
