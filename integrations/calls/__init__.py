"""What happened on the lines over there? Daktela's calls, activities and tickets, kept as ours."""

from integrations.calls.asking import ask, fetch, hear, refresh, settle
from integrations.calls.counting import compare, ledger, repair
from integrations.calls.sweeping import reread, retry
from integrations.calls.tickets import mirror
from integrations.calls.turn import sweep

__all__ = [
    "ask", "compare", "fetch", "hear", "ledger", "mirror", "refresh", "repair", "reread", "retry", "settle", "sweep",
]  # fmt: skip
