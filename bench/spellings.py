"""What does reading a number cost? The key of a mixed sample, against the library alone (G5). No database."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Sequence

from bench.figures import Figure, ratio
from crm import phones
from tests.crm.test_phones_library import library_key, mixed_sample

SIZE = 20_000
ROUNDS = 7
Read = Callable[[str, str], str]


def figures() -> Iterator[Figure]:
    sample = list(mixed_sample(SIZE, seed=20))
    of = f"{SIZE:,} numbers as they are written, rubbish included"
    wrong = sum(phones.key(written, "CZ") != library_key(written, "CZ") for written in sample)
    yield Figure("G5", "keys that differ from the library's", wrong, 0, of)
    rounds = [(_microseconds(phones.key, sample), _microseconds(library_key, sample)) for _ in range(ROUNDS)]
    ours, library = zip(*rounds, strict=True)
    yield Figure("G5", "µs of CPU a number", statistics.median(ours), 2.0, of)
    yield Figure("G5", "numbers a second", ratio(library, ours), 5.0, "the library alone", at_least=True)


def _microseconds(read: Read, sample: Sequence[str]) -> float:
    started_at = time.process_time()
    for written in sample:
        read(written, "CZ")
    return (time.process_time() - started_at) / len(sample) * 1e6
