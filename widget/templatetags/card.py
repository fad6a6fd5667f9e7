"""How are the card's long lists written? Row by row into one string.

A template node for each of their values would take a third of the time the whole card may take (goal G1).
"""

from collections.abc import Iterable

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from crm.templatetags.crm import icon
from widget.fields import Shown
from widget.story import Entry

register = template.Library()

ENTRY = (
    '<article class="entry"><span class="entry-icon">{}</span><div><p class="entry-head">{}</p>'
    '<p>{}</p><p class="meta">{}</p></div><span class="entry-time">{}</span></article>\n'
)
FACT = "<dt>{}</dt><dd>{}</dd>\n"


@register.simple_tag
def entries(rows: Iterable[Entry]) -> SafeString:
    """What happened, newest first; a line without text is not drawn (widget.css)."""
    return format_html_join("", ENTRY, ((icon(one.icon), one.heading, one.text, one.meta, one.when) for one in rows))


@register.simple_tag
def facts(rows: Iterable[Shown]) -> SafeString:
    """The fields the rule shows, inside a `dl`."""
    return format_html_join("", FACT, ((one.title, one.value) for one in rows))
