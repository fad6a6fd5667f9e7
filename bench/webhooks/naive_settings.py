"""Which settings does the naive receiver have? Ours, with its own address and the middleware of `startproject`."""

from crm.settings import *  # noqa: F403

ROOT_URLCONF = "bench.webhooks.naive"
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
