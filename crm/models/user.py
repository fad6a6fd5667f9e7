"""Who works here? People with one role each, in teams that are a country or a function."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.functional import cached_property

if TYPE_CHECKING:
    from crm.models.queue import Queue


class Team(models.Model):
    """A country or a function (seed 000, section 2): the unit that shares records."""

    class Kind(models.TextChoices):
        COUNTRY = "country", "Country"
        FUNCTION = "function", "Function"

    name = models.CharField(max_length=80, unique=True)
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.FUNCTION)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    def create_user(self, username: str, password: str | None = None, **fields: object) -> User:
        user = self.model(username=username.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, password: str | None = None, **fields: object) -> User:
        return self.create_user(username, password, **{"role": User.Role.ADMIN, **fields})

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(username=(username or "").strip().lower())


class User(AbstractBaseUser):
    """A person who signs in. The role decides which doors open, the teams which records are behind them."""

    class Role(models.TextChoices):
        AGENT = "agent", "Agent"
        OFFICE = "office", "Back office"
        ADMIN = "admin", "Administrator"

    username = models.CharField(max_length=150, unique=True)
    name = models.CharField(max_length=150)
    email = models.EmailField(blank=True)
    role = models.CharField(max_length=6, choices=Role, default=Role.AGENT)
    teams = models.ManyToManyField(Team, blank=True, related_name="users")
    extension = models.CharField(max_length=20, blank=True, help_text="The desk telephone, for people without Daktela.")
    single_key_shortcuts = models.BooleanField(
        default=True, help_text="Letters and digits act when no field has focus."
    )
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(auto_now_add=True)
    source = models.CharField(
        "comes from",
        max_length=50,
        blank=True,
        editable=False,
        db_default="",
        default="",
        help_text="The connection that told of this person.",
    )

    objects = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                name="user_username_is_lower",
                condition=Q(username=Lower("username")),
                violation_error_message="Write it in small letters.",
            )
        ]

    def __str__(self) -> str:
        return self.name or self.username

    @property
    def is_admin(self) -> bool:
        return self.is_active and self.role == self.Role.ADMIN

    @property
    def is_staff(self) -> bool:
        """Django's admin asks this."""
        return self.is_admin

    @property
    def is_superuser(self) -> bool:
        return self.is_admin

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Rights follow the role; Django's own permission tables are not used."""
        return self.is_admin

    def has_perms(self, perms: list[str], obj: object = None) -> bool:
        return self.is_admin

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_admin

    def works_in(self, team_id: int | None) -> bool:
        """Whether what this team has is theirs to change; what is of no team is everybody's."""
        return team_id is None or self.is_admin or team_id in self.team_ids

    @cached_property
    def team_ids(self) -> set[int]:
        """Asked once for each request: the user is read anew with every session."""
        return set(self.teams.values_list("pk", flat=True))

    def team_of_new(self, queue: Queue | None = None) -> Team | None:
        """Whose is what this user makes without saying so? That of the queue he works in, else of the first of his own.

        A country comes before a function, as it is what shares customers. None, which is everybody's, only where the
        queue is everybody's or the user is in no team.
        """
        if queue and self.works_in(queue.team_id):
            return queue.team
        return self.teams.order_by("kind", "pk").first()
