"""What does the widget keep? Rules, drafts, who looked, and a mark of what has changed."""

from widget.models.draft import Draft
from widget.models.mark import Mark
from widget.models.rule import CallType, ExampleCall, ScreenPopRule, Searched
from widget.models.view import CardView

__all__ = ["CallType", "CardView", "Draft", "ExampleCall", "Mark", "ScreenPopRule", "Searched"]
