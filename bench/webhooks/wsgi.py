"""How does a request reach a plain view? By WSGI alone: the product's ASGI route for webhooks is not passed."""

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
