"""How does a request come in? As with Callroom: through a2wsgi to as many threads."""

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "bench.floor.settings"

from a2wsgi import WSGIMiddleware
from django.core.wsgi import get_wsgi_application

application = WSGIMiddleware(get_wsgi_application(), workers=int(os.environ.get("WSGI_THREADS", "8")))
