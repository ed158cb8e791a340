"""The routes, one file per noun; each file has a `router`."""
