"""Which page is where on the office's host name? (The widget's host has widget.urls.)"""

from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import include, path

from crm.views.signin import SignIn

urlpatterns = [
    path("", include("crm.pages")),
    path("", include("integrations.pages")),
    path("api/integrations/", include("integrations.api")),
    path("api/", include("crm.api.urls")),
    path("admin/", admin.site.urls),
    path("hooks/", include("integrations.urls")),
    path("sign-in/", SignIn.as_view(), name="login"),
    path("sign-out/", LogoutView.as_view(), name="logout"),
]
