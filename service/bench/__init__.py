"""What the service costs on this machine: `python -m service.bench` writes it as one page.

Every figure is a ratio or a processor time taken in alternating rounds of one run, so that a busy
machine moves numerator and denominator alike.
"""
