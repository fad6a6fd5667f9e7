"""Which page is where on the widget's host name? Nothing else answers there."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
