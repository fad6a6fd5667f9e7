"""How do templates say the small things: an icon, initials, the name of a day, where we are in the navigation?"""

import re
from datetime import date, timedelta
from functools import cache, lru_cache

from django import template
from django.conf import settings
from django.template.context import Context
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()
SYMBOL = re.compile(r'<symbol id="(.+?)".*?<path d="(.+?)"')


@register.simple_tag
@lru_cache(maxsize=512)
def icon(name: str, label: str = "") -> SafeString:
    """One drawing of static/vendor/icons.svg; without a label it is decoration, which screen readers skip."""
    return _svg(format_html('<use href="{}#{}"></use>', static("vendor/icons.svg"), name), label)


@register.simple_tag
@lru_cache(maxsize=512)
def drawing(name: str, label: str = "") -> SafeString:
    """The same with its lines in the page itself: the caller card is painted without reading a file of icons."""
    return _svg(format_html('<path d="{}"></path>', _lines()[name]), label)


def _svg(lines: SafeString, label: str) -> SafeString:
    if label:
        return format_html('<svg class="icon" viewBox="0 0 24 24" role="img" aria-label="{}">{}</svg>', label, lines)
    return format_html('<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">{}</svg>', lines)


@cache
def _lines() -> dict[str, str]:
    """Name → path of every icon we have."""
    return dict(SYMBOL.findall((settings.BASE_DIR / "static/vendor/icons.svg").read_text()))


@register.filter
def initials(name: str) -> str:
    """ "Žaneta Příhodová" → "ŽP"; what starts with no letter has none."""
    letters = [word[0] for word in str(name).split() if word[0].isalpha()]
    return "".join(letters[:1] + letters[1:][-1:]).upper()


@register.filter
def day_name(day: date) -> str:
    """Today, Yesterday, or the weekday and date; the year only when it is another one."""
    today = timezone.localdate()
    if day == today:
        return "Today"
    if day == today - timedelta(days=1):
        return "Yesterday"
    return date_format(day, "l j F" if day.year == today.year else "l j F Y")


@register.inclusion_tag("components/_nav_link.html", takes_context=True)
def nav_link(context: Context, view: str, icon_name: str, label: str, key: str = "") -> dict[str, object]:
    """A line of the navigation, marked when the page shown is below it; "g" and then `key` goes there."""
    url = reverse(view)
    path = context["request"].path
    return {
        "url": url,
        "icon": icon_name,
        "label": label,
        "key": key,
        "is_current": path == url or (view != "crm:home" and path.startswith(url)),
    }
