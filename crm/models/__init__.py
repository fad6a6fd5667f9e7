"""Which records are there? All of them, so that callers write crm.models.Contact."""

from crm.models.account import Account
from crm.models.activity import Activity
from crm.models.call import Call, Direction
from crm.models.contact import Contact
from crm.models.custom_field import CustomField
from crm.models.email import EmailAddress
from crm.models.outcome import Outcome, QueueOutcome
from crm.models.ownership import Owned, OwnedField
from crm.models.phone import PhoneNumber
from crm.models.queue import Queue
from crm.models.session import Session
from crm.models.suppression import ERASED, Erased, Suppression
from crm.models.task import Task
from crm.models.ticket import Ticket
from crm.models.user import Team, User

__all__ = [
    "ERASED", "Account", "Activity", "Call", "Contact", "CustomField", "Direction", "EmailAddress", "Erased", "Outcome",
    "Owned", "OwnedField", "PhoneNumber", "Queue", "QueueOutcome", "Session", "Suppression", "Task", "Team", "Ticket",
    "User",
]  # fmt: skip
