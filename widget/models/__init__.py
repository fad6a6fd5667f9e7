"""What does the widget keep? Rules, drafts, and who looked."""

from widget.models.draft import Draft
from widget.models.rule import CallType, ExampleCall, ScreenPopRule, Searched
from widget.models.view import CardView

__all__ = ["CallType", "CardView", "Draft", "ExampleCall", "ScreenPopRule", "Searched"]
