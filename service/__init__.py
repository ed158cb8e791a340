"""Requests in, answers out: the HTTP service over the log, the profiles and the current model."""
