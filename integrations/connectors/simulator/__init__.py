"""What do all simulators share? A server, requests and answers, faults to switch on, and a life as a program.

It knows no system. A simulator imports this and its own folder, nothing else of ours, and only tests, benches and the
demo start one.
"""
