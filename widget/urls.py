"""Which page is where on the widget's host name? Nothing else answers there."""

from django.urls import include, path

from widget.views import card, doctor, link, signin, wrapup

pages = [
    path("widget/<slug:slug>/", card.show, name="card"),  # first: it is asked for most
    path("sign-in/", signin.sign_in, name="sign_in"),
    path("sign-in/kept/", signin.signed_in, name="signed_in"),
    path("sign-out/", signin.sign_out, name="sign_out"),
    path("doctor/", doctor.examine, name="doctor"),
    path("daktela.html", card.show_default, name="default"),
    path("widget/<slug:slug>/open/", link.open_call, name="open"),
    path("widget/<slug:slug>/follow/", link.follow, name="follow"),
    path("widget/<slug:slug>/link/", link.link, name="link"),
    path("widget/<slug:slug>/refuse/", link.refuse, name="refuse"),
    path("widget/<slug:slug>/relate/", link.relate, name="relate"),
    path("widget/<slug:slug>/search/", link.find, name="search"),
    path("widget/<slug:slug>/create/", link.create, name="create"),
    path("widget/<slug:slug>/ignore/", link.ignore, name="ignore"),
    path("widget/<slug:slug>/state/", wrapup.state, name="state"),
    path("widget/<slug:slug>/baton/", wrapup.passed_on, name="baton"),
    path("widget/<slug:slug>/draft/", wrapup.draft, name="draft"),
    path("widget/<slug:slug>/task/", wrapup.promise, name="task"),
    path("widget/<slug:slug>/done/", wrapup.done, name="done"),
    path("widget/<slug:slug>/correct/", wrapup.correct, name="correct"),
]
urlpatterns = [path("", include((pages, "widget"))), path("", include("integrations.pages"))]
