"""What may a program of an administrator ask about integrations? How each connection is doing, and what ran."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter
from rest_framework.viewsets import GenericViewSet

from crm.api.reading import rows
from crm.api.views import Readable
from crm.models import User
from integrations import health
from integrations.models import Connection, SyncRun


class AdminsOnly(BasePermission):
    message = "This is for administrators."

    def has_permission(self, request: Request, view: Any) -> bool:
        return isinstance(request.user, User) and request.user.is_admin


class RunSerializer(serializers.ModelSerializer):
    connection = serializers.SlugField(source="stream.connection.slug", read_only=True)
    entity = serializers.CharField(source="stream.entity", read_only=True)
    direction = serializers.CharField(source="stream.direction", read_only=True)

    class Meta:
        model = SyncRun
        fields = [
            "id", "connection", "entity", "direction", "kind", "state", "version", "started_at", "ended_at", "expected",
            "seen", "created", "updated", "unchanged", "rejected", "deleted", "requests", "message",
        ]  # fmt: skip
        read_only_fields = fields


class RemarkSerializer(serializers.Serializer[Any]):
    tone = serializers.CharField()
    text = serializers.CharField()


class HealthSerializer(serializers.Serializer[Any]):
    """`tone` is good, info, warn or bad; `lag_seconds` is null while nothing flows by itself."""

    id = serializers.UUIDField(source="connection.pk")
    slug = serializers.SlugField(source="connection.slug")
    title = serializers.CharField(source="connection.title")
    connector = serializers.CharField(source="connection.connector")
    is_enabled = serializers.BooleanField(source="connection.is_enabled")
    tone = serializers.CharField()
    remarks = RemarkSerializer(many=True)
    last_run = RunSerializer(allow_null=True)
    lag_seconds = serializers.FloatField(allow_null=True)
    events_due = serializers.IntegerField()
    events_dead = serializers.IntegerField()
    failures_waiting = serializers.IntegerField()
    failures_dead = serializers.IntegerField()
    quota = serializers.DictField(source="connection.quota")


class Connections(GenericViewSet[Any]):
    """Health, connection by connection."""

    permission_classes = [AdminsOnly]
    serializer_class = HealthSerializer
    queryset = Connection.objects.none()
    pagination_class = None

    @extend_schema(responses=HealthSerializer(many=True))
    def list(self, request: Request) -> Response:
        return Response(told(Connection.objects.all()))

    @extend_schema(responses=HealthSerializer)
    def retrieve(self, request: Request, pk: str) -> Response:
        found = told(Connection.objects.filter(pk=_uuid(pk)))
        if not found:
            raise Http404
        return Response(found[0])


def told(connections: QuerySet[Connection]) -> list[dict[str, Any]]:
    """The health of each, its last run in the very words in which the list of runs has it."""
    found = health.of_all(connections)
    runs = SyncRun.objects.filter(pk__in=[one.last_run.pk for one in found if one.last_run])
    by_id = {row["id"]: row for row in rows(runs, RunSerializer)}
    lines = HealthSerializer(found, many=True).data
    return [
        {**line, "last_run": by_id[one.last_run.pk] if one.last_run else None}
        for line, one in zip(lines, found, strict=True)
    ]


class Runs(Readable):
    """The runs, newest first."""

    permission_classes = [AdminsOnly]
    queryset = SyncRun.objects.none()
    serializer_class = RunSerializer
    order = ("-started_at", "-pk")

    def get_queryset(self) -> QuerySet[SyncRun]:
        return SyncRun.objects.all()


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Http404 from error


router = SimpleRouter()
router.register("connections", Connections)
router.register("runs", Runs)
urlpatterns = router.urls
