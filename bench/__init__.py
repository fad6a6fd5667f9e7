"""Do the promises of speed hold? `python -m bench card` measures them beside their yardsticks, in one run."""
