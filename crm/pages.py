"""Which office page is where?"""

from django.urls import URLPattern

app_name = "crm"
urlpatterns: list[URLPattern] = []
