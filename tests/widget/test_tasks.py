"""Is only swept up what nobody can come back to?"""

from datetime import timedelta

from django.utils import timezone

from crm.models import Session, User
from tests.factories import DraftFactory
from widget.models import Draft
from widget.tasks import tidy


def test_sessions_that_are_over_and_forgotten_drafts_are_swept_up(agent: User) -> None:
    now = timezone.now()
    for key, expires in (("over", now - timedelta(seconds=1)), ("live", now + timedelta(hours=1))):
        Session.objects.create(session_key=key, user=agent, expire_date=expires)
    DraftFactory(user=agent)
    forgotten = DraftFactory(user=agent)
    Draft.objects.filter(pk=forgotten.pk).update(changed_at=now - timedelta(days=31))
    tidy()
    tidy()
    assert [session.session_key for session in Session.objects.all()] == ["live"]
    assert Draft.objects.count() == 1
    assert not Draft.objects.filter(pk=forgotten.pk).exists()
