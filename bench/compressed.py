"""The product's settings, with its pages compressed as a web server in front would: like those of its rivals (G16)."""

from crm.settings import *  # noqa: F403
from crm.settings import MIDDLEWARE as OURS

MIDDLEWARE = ["django.middleware.gzip.GZipMiddleware", *OURS]
