"""What does the REST API offer? Each record as a list and by its id, and the verbs that its roles may use."""

from __future__ import annotations

from typing import Any, cast

from django.db import transaction
from django.db.models import QuerySet
from rest_framework import status
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.viewsets import GenericViewSet

from crm.api import filters, serializers
from crm.api.reading import rows
from crm.forms import choices
from crm.models import Account, Activity, Call, Contact, CustomField, Outcome, Queue, Task, Team, Ticket, User


class Readable(GenericViewSet[Any]):
    """What the user may see: a list by pages, and single records."""

    model: Any
    order: tuple[str, ...] = ("pk",)
    lookup_value_regex = r"\d{1,18}"

    @property
    def signed_in(self) -> User:
        return cast(User, self.request.user)

    def get_queryset(self) -> QuerySet[Any]:
        return self.model.objects.visible_to(self.signed_in)

    @property
    def shape(self) -> type[Serializer[Any]]:
        return cast(type[Serializer[Any]], self.get_serializer_class())

    def list(self, request: Request) -> Response:
        found = rows(self.filter_queryset(self.get_queryset()), self.shape)
        return self.get_paginated_response(self.paginate_queryset(found) or [])

    def retrieve(self, request: Request, pk: str) -> Response:
        return self.answer(int(pk))

    def answer(self, record_id: int, code: int = status.HTTP_200_OK) -> Response:
        found = rows(self.get_queryset().filter(pk=record_id), self.shape).first()
        if found is None:
            raise NotFound
        return Response(found, status=code)

    def locked(self, pk: str) -> Any:
        """The record, for a change: nobody else changes it until the transaction ends."""
        record = self.get_queryset().select_for_update(of=("self",)).filter(pk=int(pk)).first()
        if record is None:
            raise NotFound
        return record


class Creatable(Readable):
    def create(self, request: Request) -> Response:
        serializer = self.get_serializer(data=request.data)
        with transaction.atomic():
            serializer.is_valid(raise_exception=True)
            record = serializer.save()
            return self.answer(record.pk, status.HTTP_201_CREATED)


class Changeable(Readable):
    def partial_update(self, request: Request, pk: str) -> Response:
        """An absent key changes nothing."""
        with transaction.atomic():
            record = self.locked(pk)
            self.check_change(record)
            serializer = self.get_serializer(record, data=request.data, partial=True)
            serializer.is_valid(raise_exception=True)
            serializer.save()
            return self.answer(record.pk)

    def check_change(self, record: Any) -> None:
        """Raises PermissionDenied where this user may see the record but not change it."""


class Deletable(Readable):
    def destroy(self, request: Request, pk: str) -> Response:
        """For the office: what happened stays, and loses its link."""
        if self.signed_in.role == User.Role.AGENT:
            raise PermissionDenied("Only the office may delete it.")
        with transaction.atomic():
            self.locked(pk).delete()
        return Response(status=status.HTTP_204_NO_CONTENT)


class Contacts(Creatable, Changeable, Deletable):
    model = Contact
    queryset = Contact.objects.none()
    serializer_class = serializers.ContactSerializer
    filterset_class = filters.ContactFilters
    order = ("changed_at", "pk")


class Accounts(Creatable, Changeable, Deletable):
    model = Account
    queryset = Account.objects.none()
    serializer_class = serializers.AccountSerializer
    filterset_class = filters.ReachableFilters
    order = ("changed_at", "pk")


class Calls(Readable):
    model = Call
    queryset = Call.objects.none()
    serializer_class = serializers.CallSerializer
    filterset_class = filters.CallFilters
    order = ("-started_at", "-pk")


class Activities(Changeable):
    model = Activity
    queryset = Activity.objects.none()
    serializer_class = serializers.ActivitySerializer
    filterset_class = filters.ActivityFilters
    order = ("-time", "-pk")

    def check_change(self, record: Activity) -> None:
        user = self.signed_in
        if user.role == User.Role.AGENT and record.user_id not in (None, user.pk):
            raise PermissionDenied("It is a colleague's activity: the colleague or the office may change it.")


class Tasks(Creatable, Changeable):
    model = Task
    queryset = Task.objects.none()
    serializer_class = serializers.TaskSerializer
    filterset_class = filters.TaskFilters


class Tickets(Readable):
    """Open cases, mirrored from the system they live in: read here, changed there."""

    model = Ticket
    queryset = Ticket.objects.none()
    serializer_class = serializers.TicketSerializer
    filterset_class = filters.TicketFilters


class Queues(Readable):
    queryset = Queue.objects.none()
    serializer_class = serializers.QueueSerializer

    def get_queryset(self) -> QuerySet[Queue]:
        return choices.queues(self.signed_in)


class Teams(Readable):
    queryset = Team.objects.none()
    serializer_class = serializers.TeamSerializer

    def get_queryset(self) -> QuerySet[Team]:
        return choices.teams(self.signed_in)


class Users(Readable):
    """The people one may hand something to."""

    queryset = User.objects.none()
    serializer_class = serializers.UserSerializer

    def get_queryset(self) -> QuerySet[User]:
        return choices.colleagues(self.signed_in)


class Outcomes(Readable):
    queryset = Outcome.objects.all()
    serializer_class = serializers.OutcomeSerializer

    def get_queryset(self) -> QuerySet[Outcome]:
        return Outcome.objects.all()


class CustomFields(Readable):
    queryset = CustomField.objects.all()
    serializer_class = serializers.CustomFieldSerializer
    filterset_class = filters.CustomFieldFilters

    def get_queryset(self) -> QuerySet[CustomField]:
        return CustomField.objects.all()
