"""What happens when parts fail? `python -m faults` breaks a running Callroom in every way we know, and counts."""
