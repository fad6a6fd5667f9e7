"""Where is the REST API? Every record, its description as OpenAPI, and the same for people to read."""

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.views import SpectacularJSONAPIView
from rest_framework.routers import SimpleRouter

from crm.api import views
from crm.api.pages import docs

router = SimpleRouter()
router.register("contacts", views.Contacts)
router.register("accounts", views.Accounts)
router.register("calls", views.Calls)
router.register("activities", views.Activities)
router.register("tasks", views.Tasks)
router.register("tickets", views.Tickets)
router.register("queues", views.Queues)
router.register("teams", views.Teams)
router.register("users", views.Users)
router.register("outcomes", views.Outcomes)
router.register("custom-fields", views.CustomFields)

app_name = "api"
urlpatterns: list[URLPattern | URLResolver] = [
    *router.urls,
    path("schema/", SpectacularJSONAPIView.as_view(), name="schema"),
    path("docs/", docs, name="docs"),
]
