"""Which settings does the naive receiver have? Ours, with its own address and the middleware of `startproject`."""

from bench.floor import settings as stock
from crm.settings import *  # noqa: F403

ROOT_URLCONF = "bench.webhooks.naive"
MIDDLEWARE = stock.MIDDLEWARE
