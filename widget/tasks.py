"""What is swept up every half minute? What nobody can come back to: sessions that are over, forgotten drafts."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from crm.models import Session
from widget.models import Draft

KEPT = timedelta(days=30)  # a draft nobody said Done to: a month is longer than any shift plan


@shared_task
def tidy() -> None:
    """May be called never, once or ten times at once: it only takes away what is due."""
    now = timezone.now()
    Session.objects.filter(expire_date__lt=now).delete()
    Draft.objects.filter(changed_at__lt=now - KEPT).delete()
