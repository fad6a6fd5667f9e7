"""When does something flow, and what becomes of what is deleted in the master?"""

from __future__ import annotations

from typing import Any

from django import forms

from integrations.clock import now
from integrations.models import Direction, Stream

A_DAY = 24 * 60


class StreamForm(forms.ModelForm):
    every_minutes = forms.IntegerField(
        min_value=1, max_value=A_DAY, label="Every … minutes", help_text="1 to 1440, which is once a day."
    )

    class Meta:
        model = Stream
        fields = ["is_enabled", "every_minutes", "gone"]
        labels = {"is_enabled": "Runs by itself"}
        help_texts = {"is_enabled": "Switched off, it runs only when somebody presses Sync now."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        inward = self.instance.direction == Direction.INWARD
        gone = self.fields["gone"]
        gone.label = "What was deleted over there" if inward else "What was deleted here"
        gone.help_text = (
            "Here it is hidden first; an administrator can bring it back for 30 days."
            if inward
            else "A deletion is sent on as this; the connection's settings say how it is marked."
        )

    def save(self, commit: bool = True) -> Any:
        """What was changed alone: cursor and lease are a run's, which may be going on."""
        stream, changed = self.instance, set(self.changed_data)
        if "is_enabled" in changed:
            stream.due_at = now() if stream.is_enabled else None
            changed.add("due_at")
        stream.save(update_fields=changed)
        return stream
