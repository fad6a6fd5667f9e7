"""How would one write a receiver without a second thought? Parsed and looked up in the request, by the ORM."""

from __future__ import annotations

import hashlib
import json

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from crm.models import PhoneNumber
from integrations.clock import now
from integrations.models import Connection, WebhookEvent


@csrf_exempt
def receive(request: HttpRequest, slug: str) -> HttpResponse:
    connection = Connection.objects.get(slug=slug)
    secret = request.headers.get("X-Webhook-Secret", "")
    if hashlib.sha256(secret.encode()).hexdigest() not in connection.webhook_keys:
        return HttpResponse(status=401)
    event = json.loads(request.body)
    phone = PhoneNumber.objects.filter(number=event["caller_number"]).select_related("contact").first()
    WebhookEvent.objects.get_or_create(
        connection=connection,
        key=event["activity_id"],
        defaults={"body": request.body, "subject": str(phone and phone.contact), "due_at": now()},
    )
    return HttpResponse("Kept.\n", status=202)


urlpatterns = [path("hooks/<slug:slug>/", receive)]
