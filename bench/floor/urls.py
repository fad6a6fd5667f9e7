"""What does the floor answer? A log-in and one query (F1), nothing (F2), one paragraph (F7), and its rivals' pages."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from bench.floor import rivals
from bench.floor.models import PhoneNumber


@login_required
def one_query(request: HttpRequest) -> HttpResponse:
    number = request.GET["clid"]
    phones = PhoneNumber.objects.select_related("contact")
    return render(request, "one_query.html", {"phone": phones.filter(suffix=number[-8:], number=number).first()})


def bare(request: HttpRequest) -> HttpResponse:
    return HttpResponse("<p>hello</p>" * 20)


def paragraph(request: HttpRequest) -> HttpResponse:
    return HttpResponse('<!doctype html><html lang="en"><meta charset="utf-8"><title>Hello</title><p>Hello.')


urlpatterns = [
    path("one-query/", one_query),
    path("bare/", bare),
    path("paragraph/", paragraph),
    *rivals.urlpatterns,
]
