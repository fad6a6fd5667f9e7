"""Who is it really? Opening a call, linking it to a record, taking the link off, creating, ignoring."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.db.models import Value
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from crm import ids, phones, search
from crm.models import Account, Activity, Contact, PhoneNumber, Queue, User
from crm.models.plain import Plain
from integrations import live
from widget import card as cards
from widget import facts, frames, journal, stream
from widget.access import AgentRequest, for_agent
from widget.context import CallContext
from widget.forms import NewContactForm
from widget.models import CardView
from widget.page import callers, common
from widget.stencil import fill

log = logging.getLogger(__name__)


@for_agent
def open_call(request: AgentRequest, queue: Queue, context: CallContext) -> HttpResponse:
    """Posted by the page when it has loaded: notes who looked, asks whose call it is, links the one sure record."""
    begun, now = journal.reads_begun(queue, context), journal.ask(queue, context)
    journal.check_joined(now, request.user, queue.source)
    theirs = journal.is_theirs(now, context, request.user, queue.source)
    is_about_another = journal.is_about_another(now, queue, context)
    if isinstance(now, live.Live) and not context.clid:
        context = replace(context, clid=now.number or now.address)
    card = _card(request, context)
    _note_view(request.user, queue, context, card, False if is_about_another else theirs)
    if theirs is False:
        raise journal.NotTheirs(journal.owner_of(now, queue.source))
    if isinstance(now, live.Live) and is_about_another:  # Daktela's word counts, not the address's
        context = replace(context, clid=now.number or now.address)
        card = _card(request, context)
    activity = journal.opened(queue, context, request.user, is_verified=bool(theirs))
    if isinstance(now, live.Live):
        journal.note_state(activity, now, begun)
    if card.link:
        _link(activity, record_of(card.link, request.user), by=None)
    return who(request, context)


@for_agent
def follow(request: AgentRequest, queue: Queue, context: CallContext) -> HttpResponse:
    """The agent before has done something: takes over whom he found, unless this activity has somebody."""
    activity = journal.activity_of(queue, context, request.user)
    card = _card(request, context)
    if card.link:
        _link(activity, record_of(card.link, request.user), by=None)
    return who(request, context)


def _card(request: AgentRequest, context: CallContext) -> cards.Card:
    return cards.of(context, facts.read(context, request.session.session_key))


def _note_view(user: User, queue: Queue, context: CallContext, card: cards.Card, theirs: bool | None) -> None:
    CardView.objects.create(
        user=user,
        queue=queue,
        source=queue.source,
        activity_id=context.activity_id,
        number=journal.key_of(queue, context),
        contact_id=card.contact["id"] if card.contact else None,
        account_id=card.account["id"] if card.account else None,
        is_theirs=theirs,
    )
    if theirs is False:
        log.warning("card opened without an activity of theirs", extra={"user": user.pk, "queue": queue.slug})


@for_agent
def link(request: AgentRequest, queue: Queue, context: CallContext) -> HttpResponse:
    """Yes, it is this one: confirms a match (which teaches); with `attach` the record found gets the number."""
    activity = journal.activity_of(queue, context, request.user)
    record = record_of(request.POST.get("record", ""), request.user)
    with transaction.atomic():
        if request.POST.get("attach"):
            _attach(record, queue, context)
        _link(activity, record, by=request.user)
    return who(request, context)


def _attach(record: Contact | Account, queue: Queue, context: CallContext) -> None:
    """The caller's number, or the writer's address, becomes the record's."""
    if context.is_address:
        record.add_email(context.clid)
    elif journal.key_of(queue, context):
        record.add_number(context.clid, queue.country)


def _link(activity: Activity, record: Contact | Account, *, by: User | None) -> None:
    with transaction.atomic():
        if isinstance(record, Contact):
            activity.link_to(contact=record, by=by)
        else:
            activity.link_to(account=record, by=by)
        if by:
            for number in record.phone_numbers.filter(number=activity.number):
                number.confirm()
            record.adopt_calls(activity.number)
    _nudge(activity)


def _nudge(activity: Activity) -> None:
    """Whoever has another part of this call open sees what was done here."""
    stream.nudge(activity.source, activity.call.call_id if activity.call else "")


def record_of(key: str, user: User) -> Contact | Account:
    """The record a form names (contact-12, account-7), if this user may see it; else 404."""
    kind, _, pk = key.partition("-")
    number = ids.read(pk) or 0
    if kind == "account":
        return get_object_or_404(Account.objects.visible_to(user), pk=number)
    return get_object_or_404(Contact.objects.visible_to(user), pk=number)


@for_agent
def refuse(request: AgentRequest, queue: Queue, context: CallContext) -> HttpResponse:
    """No, somebody else is calling: unlinks, remembers it at the number, and offers the others."""
    activity = journal.activity_of(queue, context, request.user)
    named = request.POST.get("record")
    refused = record_of(named, request.user) if named else activity.contact or activity.account
    with transaction.atomic():
        activity.unlink()
        for number in _numbers_like(activity.number, refused):
            number.reject()
    _nudge(activity)
    return who(request, context)


def _numbers_like(number: str, record: Contact | Account | None) -> Iterable[PhoneNumber]:
    """The record's numbers that end alike; none where there is no record: the same No has come twice."""
    return record.phone_numbers.filter(suffix=phones.suffix(number)) if record else ()


@for_agent
def relate(request: AgentRequest, queue: Queue, context: CallContext) -> HttpResponse:
    """The person and the company, each changeable (seed 001's two select boxes)."""
    activity = journal.activity_of(queue, context, request.user)
    if "person" in request.POST or "company" in request.POST:
        _relate(activity, request)
        _nudge(activity)
        return who(request, context)
    return frames.part("widget/_relate.html", {"base": f"/widget/{queue.slug}/", **_relations(activity, request.user)})


def _relate(activity: Activity, request: AgentRequest) -> None:
    with transaction.atomic():
        if "person" in request.POST:
            _put(activity, "contact", request.POST["person"], request.user)
        if "company" in request.POST:
            _put(activity, "account", request.POST["company"], request.user)


def _put(activity: Activity, end: str, pk: str, user: User) -> None:
    if not pk:
        return activity.unlink(person=end == "contact", company=end == "account")
    record = record_of(f"{end}-{pk}", user)
    if isinstance(record, Contact):
        return activity.link_to(contact=record, by=user)
    return activity.link_to(account=record, by=user)


def _relations(activity: Activity, user: User) -> dict[str, Any]:
    """The people this number or company suggests, and their companies; whoever is linked now is among them."""
    near = PhoneNumber.objects.filter(number=activity.number) if activity.number else PhoneNumber.objects.none()
    people = Contact.objects.visible_to(user)
    found = list(people.filter(pk__in=near.values("contact")).select_related("account")[:20])
    if activity.account_id:
        found += people.filter(account=activity.account_id).select_related("account")[:50]
    found += people.filter(pk=activity.contact_id or 0).select_related("account")
    people_once = list({one.pk: one for one in found}.values())
    ids = [activity.account_id, *(one.account_id for one in people_once), *near.values_list("account", flat=True)]
    return {
        "people": people_once,
        "companies": Account.objects.visible_to(user).filter(pk__in=[pk for pk in ids if pk]),
        "contact_id": activity.contact_id,
        "account_id": activity.account_id,
    }


@for_agent
def find(request: AgentRequest, queue: Queue, context: CallContext) -> HttpResponse:
    """Attach the call to somebody we know: a search box, then what it found."""
    words = {"base": f"/widget/{queue.slug}/", "call": context}
    if "q" not in request.POST:
        return frames.part("widget/_search.html", words)
    text = request.POST["q"][:100].strip()
    company = request.POST.get("company", "")
    found = _colleagues(text, company, request.user) if company else _anybody(text, request.user)
    return frames.part("widget/_found.html", {**words, "q": text, "candidates": found})


def _anybody(text: str, user: User) -> list[dict[str, Any]]:
    """People before companies; nothing while nothing is typed."""
    found = search.find(text, user) if text else search.Results("")
    return [_option(hit.record, hit.why, user) for hit in [*found.contacts, *found.accounts]][:9]


def _colleagues(text: str, company: str, user: User) -> list[dict[str, Any]]:
    words = Plain(Value(search.tidy(text)))
    people = Contact.objects.visible_to(user).filter(account=ids.read(company) or 0, plain__contains=words)
    return [_option(one, one.job_title, user) for one in people.select_related("account").order_by("sort_key")[:9]]


def _option(record: Contact | Account, why: str, user: User) -> dict[str, Any]:
    """A record as templates/widget/_candidates.html shows one."""
    kind = "contact" if isinstance(record, Contact) else "account"
    account = record.account if isinstance(record, Contact) else None
    return {
        "key": f"{kind}-{record.pk}",
        "kind": kind,
        "name": str(record),
        "company": str(account) if account and account.is_visible_to(user) else "",
        "why": why,
        "url": cards.office(f"crm:{kind}", record.pk),
    }


@for_agent
def create(request: AgentRequest, queue: Queue, context: CallContext) -> HttpResponse:
    """A new contact from the call: only a name is needed, the number comes with it."""
    known = facts.read(context, request.session.session_key)
    words = common(context, known, cards.of(context, known))
    form = NewContactForm(None if "form" in request.POST else request.POST)
    if not form.is_bound or not form.is_valid():
        errors = {name: messages[0] for name, messages in form.errors.items()}
        values = form.data if form.is_bound else {"email": context.clid if context.is_address else ""}
        return frames.part(
            "widget/_create.html", {**words, "errors": errors, "values": values}, status=422 if errors else 200
        )
    activity = journal.activity_of(queue, context, request.user)
    with transaction.atomic():
        if not _has_come_already(activity, form):
            contact = form.create(team=request.user.team_of_new(queue))
            _attach(contact, queue, context)
            _link(activity, contact, by=request.user)
    response = who(request, context)
    response["HX-Retarget"] = "#who"
    return response


def _has_come_already(activity: Activity, form: NewContactForm) -> bool:
    """Whether this very form has made the contact: a lost answer is asked for again. Locks the activity."""
    linked = Activity.objects.select_for_update().get(pk=activity.pk).contact
    return linked is not None and form.says(linked)


@for_agent
def ignore(request: AgentRequest, queue: Queue, context: CallContext) -> HttpResponse:
    """From now on this number matches nobody in this queue: for who works in it, in a call of his own; `undo` it."""
    journal.activity_of(queue, context, request.user)
    if not request.user.works_in(queue.team_id):
        return frames.part(
            "widget/_refused.html", {"text": "Only agents of the queue's team ignore numbers."}, status=409
        )
    if key := journal.key_of(queue, context):
        is_undone = bool(request.POST.get("undo"))
        (queue.heed if is_undone else queue.ignore)(key)
        log.info("number ignored", extra={"user": request.user.pk, "queue": queue.slug, "undone": is_undone})
    return who(request, context)


def who(request: AgentRequest, context: CallContext) -> HttpResponse:
    """The caller's part of the card, read anew."""
    known = facts.read(context, request.session.session_key)
    return frames.part("widget/_who_again.html", {**callers(context, known), "is_fragment": True}, write=fill)
