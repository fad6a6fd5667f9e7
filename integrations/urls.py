"""Where do other systems send their webhooks? One address for each connection, on the office's host name."""

from django.urls import path

from integrations import views

urlpatterns = [path("<slug:slug>/", views.receive, name="hook")]
