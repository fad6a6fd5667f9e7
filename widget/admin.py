"""Where does an admin say what a call opens? Screen-pop rules, their example calls, and the rule bench beside them."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from crm import phones
from crm.admin.base import SeenAdmin
from crm.models import User
from widget import fields, rulebench
from widget.models import CardView, ExampleCall, ScreenPopRule, Searched
from widget.rule_forms import BenchForm, ScreenPopRuleForm
from widget.rulebench import Trial

BENCH = "admin:widget_screenpoprule_bench"


@admin.register(ScreenPopRule)
class ScreenPopRuleAdmin(admin.ModelAdmin):
    form = ScreenPopRuleForm
    list_display = ["where", "call_type", "searches", "on_one", "on_many", "on_none", "shows"]
    list_display_links = ["where", "call_type"]
    list_filter = ["queue", "call_type"]
    list_select_related = ["queue"]
    ordering = ["queue__title", "call_type"]
    fieldsets = [
        ("For which calls", {"fields": [("queue", "call_type")]}),
        ("Who is looked for", {"fields": ["order"]}),
        ("What happens on", {"fields": ["on_one", "on_many", "on_none"]}),
        ("What the card shows", {"fields": ["fields"]}),
    ]

    @admin.display(description="Queue", ordering="queue__title", empty_value="Every queue")
    def where(self, rule: ScreenPopRule) -> str | None:
        return rule.queue.title if rule.queue else None

    @admin.display(description="Searches")
    def searches(self, rule: ScreenPopRule) -> str:
        return ", then ".join(Searched(one).label.lower() for one in rule.order)

    @admin.display(description="Shows", empty_value="The usual fields")
    def shows(self, rule: ScreenPopRule) -> str:
        titles = dict(fields.choices({}))
        return ", ".join(titles.get(name, name.removeprefix(fields.CUSTOM)) for name in rule.fields)

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        form = super().get_form(request, *args, **kwargs)
        return type(form.__name__, (form,), {"user": request.user})

    def get_urls(self) -> list[URLPattern]:
        bench = path("bench/", self.admin_site.admin_view(self.bench), name="widget_screenpoprule_bench")
        return [bench, *super().get_urls()]

    def response_post_save_add(self, request: HttpRequest, obj: ScreenPopRule) -> HttpResponseRedirect:
        return self._to_the_examples() or super().response_post_save_add(request, obj)

    def response_post_save_change(self, request: HttpRequest, obj: ScreenPopRule) -> HttpResponseRedirect:
        return self._to_the_examples() or super().response_post_save_change(request, obj)

    def _to_the_examples(self) -> HttpResponseRedirect | None:
        """After a save the bench shows which example calls hold."""
        return HttpResponseRedirect(reverse(BENCH)) if ExampleCall.objects.exists() else None

    def bench(self, request: HttpRequest) -> HttpResponse:
        """The rule bench. A number is personal data: it is posted, never in an address."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        user = cast(User, request.user)
        form = BenchForm(request.POST if request.method == "POST" else None)
        trial = form.run(user) if form.is_bound and form.is_valid() else None
        if trial and form.cleaned_data["title"]:
            self._keep(request, form, trial)
            return HttpResponseRedirect(reverse(BENCH))
        return TemplateResponse(request, "admin/widget/bench.html", self._bench_context(request, form, trial))

    def _keep(self, request: HttpRequest, form: BenchForm, trial: Trial) -> None:
        if not self.has_change_permission(request):
            raise PermissionDenied
        example = form.keep(trial)
        self.log_addition(request, example, "Kept from the rule bench.")
        messages.success(request, f"“{example}” is kept as an example call: {example.expected}.")

    def _bench_context(self, request: HttpRequest, form: BenchForm, trial: Trial | None) -> dict[str, Any]:
        rules = rulebench.saved_rules()
        return self.admin_site.each_context(request) | {
            "title": "Rule bench",
            "opts": self.opts,
            "form": form,
            "trial": trial,
            "spelled": trial and phones.spell(trial.found.number.key),
            "rule": trial and self._saved(trial),
            "tried": rulebench.try_examples(cast(User, request.user), rules, rules, queues=None),
        }

    def _saved(self, trial: Trial) -> ScreenPopRule | None:
        """The row of the rule that applied; None where it is the built-in one."""
        key = {"queue_id": trial.rule.queue_id, "call_type": trial.rule.call_type}
        return ScreenPopRule.objects.select_related("queue").filter(**key).first()


@admin.register(ExampleCall)
class ExampleCallAdmin(admin.ModelAdmin):
    list_display = ["title", "queue", "number", "call_type", "expected"]
    list_filter = ["queue", "call_type"]
    list_select_related = ["queue"]

    def save_model(self, request: HttpRequest, obj: ExampleCall, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        rules = rulebench.saved_rules()
        for tried in rulebench.try_examples(cast(User, request.user), rules, rules, {obj.queue_id}):
            if tried.example == obj and not tried.holds:
                messages.warning(request, f"The rules do something else for it now: {tried.after}.")


@admin.register(CardView)
class CardViewAdmin(SeenAdmin):
    """Who looked at whom. It is read, and nothing else: nobody hides that he looked."""

    list_display = ["viewed_at", "user", "queue", "number", "contact", "account", "is_theirs"]
    list_filter = ["is_theirs", "queue"]
    list_select_related = ["user", "queue", "contact", "account"]
    ordering = ["-pk"]  # as they came, by the index that is there
