"""Answers from a seller's own words: find, judge, and stop where they say nothing."""
