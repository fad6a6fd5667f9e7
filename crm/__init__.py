"""Which Celery app does Django start with? This one, so that tasks find their broker."""

from crm.celery import app as celery_app

__all__ = ["celery_app"]
