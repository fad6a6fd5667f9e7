"""Which office page is where? Each view declares who may open it (crm.views.base.opens_to)."""

from django.urls import path

from crm.models import Activity, Call
from crm.views import accounts, actions, activities, calls, contacts, editing, home, linking, records, tasks
from crm.views.records import ACCOUNT, CONTACT

app_name = "crm"
urlpatterns = [
    path("", home.home, name="home"),
    path("search/", home.search, name="search"),
    path("search/live/", home.search_live, name="search_live"),
    path("activities/", activities.activities, name="activities"),
    path("activities/<int:pk>/", activities.activity, name="activity"),
    path("activities/<int:pk>/outcome/", activities.correct_outcome, name="activity_outcome"),
    path("calls/", calls.calls, name="calls"),
    path("calls/<int:pk>/", calls.call, name="call"),
    path("tasks/", tasks.tasks, name="tasks"),
    path("tasks/new/", tasks.task_new, name="task_new"),
    path("tasks/<int:pk>/", tasks.task, name="task"),
    path("tasks/<int:pk>/done/", tasks.task_done, name="task_done"),
    path("tasks/<int:pk>/reopen/", tasks.task_reopen, name="task_reopen"),
    path("numbers/<int:pk>/confirm/", actions.confirm_number, name="number_confirm"),
    path("numbers/<int:pk>/remove/", actions.remove_number, name="number_remove"),
    path("contacts/", contacts.contacts, name="contacts"),
    path("accounts/", accounts.accounts, name="accounts"),
    path("accounts/choices/", editing.account_choices, name="account_choices"),
    path("lines/numbers/", editing.line, {"of": "numbers"}, name="number_line"),
    path("lines/emails/", editing.line, {"of": "emails"}, name="email_line"),
]

for kind in (CONTACT, ACCOUNT):
    urlpatterns += [
        path(f"{kind.list_name}/new/", editing.new, {"kind": kind}, name=f"{kind.name}_new"),
        path(f"{kind.list_name}/<int:pk>/", records.show, {"kind": kind}, name=kind.name),
        path(f"{kind.list_name}/<int:pk>/edit/", editing.edit, {"kind": kind}, name=f"{kind.name}_edit"),
        path(f"{kind.list_name}/<int:pk>/delete/", records.delete, {"kind": kind}, name=f"{kind.name}_delete"),
        path(f"{kind.list_name}/<int:pk>/timeline/", records.older, {"kind": kind}, name=f"{kind.name}_timeline"),
        path(f"{kind.list_name}/<int:pk>/notes/", actions.add_note, {"kind": kind}, name=f"{kind.name}_note"),
        path(f"{kind.list_name}/<int:pk>/tasks/", actions.add_task, {"kind": kind}, name=f"{kind.name}_task"),
        path(f"{kind.list_name}/<int:pk>/numbers/", actions.add_number, {"kind": kind}, name=f"{kind.name}_number"),
    ]

for name, address, model in (("activity", "activities", Activity), ("call", "calls", Call)):
    urlpatterns += [
        path(f"{address}/<int:pk>/link/", linking.link, {"model": model}, name=f"{name}_link"),
        path(f"{address}/<int:pk>/unlink/", linking.unlink, {"model": model}, name=f"{name}_unlink"),
        path(f"{address}/<int:pk>/candidates/", linking.candidates, {"model": model}, name=f"{name}_candidates"),
    ]
