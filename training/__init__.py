"""Events in, a registered model out: read `pipeline.run` from top to bottom."""
