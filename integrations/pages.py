"""Which pages of the office are made here? Reached from its templates by their names, never by an import."""

from django.urls import path

from integrations import office

app_name = "integrations"
urlpatterns = [path("recordings/<int:pk>/", office.recording, name="recording")]
