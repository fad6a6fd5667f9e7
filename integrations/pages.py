"""Which pages of the office are made here? Reached from its templates by their names, never by an import."""

from django.urls import path

from crm.models import Account, Contact
from integrations import office

app_name = "integrations"
urlpatterns = [
    path("recordings/<int:pk>/", office.recording, name="recording"),
    path("contacts/<int:pk>/origin/", office.origin, {"model": Contact}, name="contact_origin"),
    path("accounts/<int:pk>/origin/", office.origin, {"model": Account}, name="account_origin"),
]
