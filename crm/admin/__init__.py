"""What can an administrator look at and set? Records, queues and their outcomes, teams and people."""

from django.contrib import admin
from django.contrib.auth.models import Group

from crm.admin import customers, happened, house

__all__ = ["customers", "happened", "house"]

admin.site.unregister(Group)  # rights follow the role
