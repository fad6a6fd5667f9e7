"""How does a request come in? As with Callroom: by the same bridge to as many threads."""

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "bench.floor.settings"

from django.core.wsgi import get_wsgi_application

from crm.bridge import Pages

application = Pages(get_wsgi_application(), int(os.environ.get("WSGI_THREADS", "8")))
