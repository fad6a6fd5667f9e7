"""Where is the REST API? (Filled by the API's own commit.)"""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
