"""The one door to onnxruntime, whose builds report to their maker unless they are told not to.

They read the variable when they are loaded, and start a thread for the reports; nothing that is
asked here may leave the house. Source: Privacy.md of the onnxruntime package.
"""

from __future__ import annotations

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import onnxruntime

__all__ = ["onnxruntime"]
