"""Which systems can we connect to?"""
