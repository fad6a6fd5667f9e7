# ruff: noqa: E402
"""Who signs in to the floor? This makes its tables, in a schema of their own, and prints a session's key."""

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "bench.floor.settings"

import django

django.setup()

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command
from django.db import connection

with connection.cursor() as cursor:
    cursor.execute("create schema if not exists floor")
    cursor.execute("set search_path = floor")
call_command("migrate", verbosity=0)
user, _ = User.objects.get_or_create(username="agent1")
session = SessionStore()
session[SESSION_KEY] = str(user.pk)
session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
session[HASH_SESSION_KEY] = user.get_session_auth_hash()
session.create()
print(session.session_key)
