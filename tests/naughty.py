"""What do people, scripts and broken programs type into a field? Our own list, used against every field there is.

MARK stands in every piece of markup: an answer that holds one of LEAKS did not escape it, or executed it.
"""

from __future__ import annotations

MARK = "fuzzmark"
TAG = f"<{MARK}>"
SUM = "1466346"  # 733173 + 733173, where a template was executed

LEAKS = (TAG, f"<{MARK} ", f"</{MARK}", f'" {MARK}=', f"' {MARK}=", f'href="javascript:{MARK}', SUM, "<class ")

MARKUP = (
    TAG,
    f"<{MARK} onload=alert(1)>",
    f"</{MARK}>",
    f'"><{MARK}>',
    f"'><{MARK}>",
    f"</textarea><{MARK}>",
    f"</script><{MARK}>",
    f"--><{MARK}>",
    f"]]><{MARK}>",
    f'" {MARK}="',
    f"' {MARK}='",
    f'" {MARK}=a autofocus onfocus=alert(1) x="',
    f"javascript:{MARK}",
    f"java\tscript:{MARK}",
    f"data:text/html,<{MARK}>",
    f"&lt;{MARK}&gt;",
    f"%3C{MARK}%3E",
    f"＜{MARK}＞",
    "<script>alert(1)</script>",
    "<svg/onload=alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<a href='javascript:alert(1)'>a</a>",
    "<form action=//example.org>",
    "<!--",
    "&nbsp;&amp;&quot;",
)
TEMPLATES = (
    "{{733173|add:733173}}",
    "{{ 733173 * 2 }}",
    "{% debug %}",
    "{% load",
    "{#",
    "${733173+733173}",
    "#{733173*2}",
    "{{settings.SECRET_KEY}}",
    "%s%s%s%n",
    "%(user)s",
    "100%",
    "{0.__class__}",
    "{}",
    "`id`",
    "$(id)",
    "\\x41\\n",
)
SQL = (
    "' or 1=1 --",
    "'; select pg_sleep(9) --",
    "\\'; drop table crm_contact; --",
    "$$",
    "?",
    "%",
    "_%",
    "\\",
    "*",
    "O'Brien",
    '"quoted"',
    "*)(uid=*",
)
CONTROL = (
    "\0",
    "a\0b",
    "\x01\x02\x7f",
    "\x1b[2J\x1b]0;title\x07",
    "\x85",
    "a\r\nSet-Cookie: a=b",
    "two\nlines",
    "\r",
    "\t",
    "\v\f",
    "\x80\x9f",
)
SURROGATES = ("\ud800", "a\udfffb", "\ud83d", "\udc00\ud800")
SPACE = (
    "",
    " ",
    "   ",
    "\u00a0",
    "\u3000",
    "\u200b",
    "\u200d\u200c",
    "\ufeff",
    "\u2028",
    "\u00ad",
)
LETTERS = (
    "žluťoučký kůň úpěl ďábelské ódy",
    "Łódź Straße ﬁ ﬄ",
    "مرحبا بالعالم",
    "שלום",
    "\u202eknil\u202c",
    "\u2067bidi\u2066\u2069",
    "田中さん",
    "Ｆｕｌｌｗｉｄｔｈ",
    "𝒯𝓈𝓉",
    "\u0301",
    "\u0301\u0302\u0303\u0304",
    "Z" + "\u0351\u036b\u0343\u036a" * 12,
    "e\u0301",
    "👩\u200d👩\u200d👧\u200d👦",
    "👍🏿",
    "🇨🇿🇸🇰",
    "🏴\U000e0067\U000e0062\U000e007f",
    "\ue000\U000f0000",
    "\ufffe\uffff",
    "\U0010ffff",
    "ﷺ",
    "𝟘𝟙",
    "͏",
)
NUMBERS = (
    "0",
    "-1",
    "+420",
    "007",
    "1e400",
    "NaN",
    "Infinity",
    "1_000",
    "1,000.5",
    "9" * 19,
    "9" * 60,
    "773 796 040 ext. " + "1" * 40,
    "9" * 4_400,
    "9223372036854775808",
    "-2147483649",
    "0.1e1",
    "٣٤٥٦٧٨٩٠١",
    "７７３７９６０４０",
    "²³¹",
    "Ⅷ",
    "2026-02-30",
    "9999-12-31T23:59:59-23:59",
    "9999-12-31T23:59:59Z",
    "0001-01-01T00:00+14:00",
)
ADDRESSES = (
    "../../etc/passwd",
    "//example.org",
    "http://[::1",
    "https://user:pass@example.org",
    "file:///etc/passwd",
    "a@b",
    "a@" + "b" * 250,
    '"a b"@example.org',
    "a@žluťoučký.example",
    "jana@example.org\nBcc: all@example.org",
)
WORDS = (
    "null",
    "None",
    "undefined",
    "true",
    "[]",
    "[object Object]",
    "constructor",
    "__proto__",
    "CON",
    "id",
    "pk",
    "=",
)
FORMULAS = ("=1+1", "=cmd|' /C calc'!A0", "@SUM(1)", "\t=1+1")
LONG = ("x" * 256, "ž" * 100_000, "👩" * 5_000, "\n" * 10_000)

STRINGS = (
    *MARKUP, *TEMPLATES, *SQL, *CONTROL, *SURROGATES, *SPACE, *LETTERS, *NUMBERS, *ADDRESSES, *WORDS, *FORMULAS, *LONG,
)  # fmt: skip


def sendable(text: str) -> str:
    """As a form can send it: a browser has no half of a surrogate pair, it sends the replacement character."""
    return text.encode("utf-8", "replace").decode()
