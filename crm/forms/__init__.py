"""Which forms are there? All of them, so that callers write crm.forms.ContactForm."""

from crm.forms.records import AccountForm, ContactForm
from crm.forms.rows import EmailRows, NumberRows
from crm.forms.work import NoteForm, OutcomeForm, TaskForm

__all__ = ["AccountForm", "ContactForm", "EmailRows", "NoteForm", "NumberRows", "OutcomeForm", "TaskForm"]
