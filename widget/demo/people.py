"""What are the people and companies of the demo called? Names, addresses and numbers as four countries write them.

Everything is drawn from a `Random`, so the same seed gives the same people.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from crm import phones

NAMES: dict[str, Any] = tomllib.loads(Path(__file__).with_name("names.toml").read_text(encoding="utf-8"))
PRIVATE_MAIL = ("posta.example", "mail.example", "schranka.example")


@dataclass(frozen=True)
class Person:
    first_name: str
    last_name: str
    is_woman: bool
    country: str

    def address_at(self, domain: str, count: int = 0) -> str:
        return f"{slug(self.first_name)}.{slug(self.last_name)}{count or ''}@{domain}"


class People:
    """Draws people, companies and numbers; no two numbers it gives have the same last eight digits."""

    def __init__(self, random: Random, taken: set[str]) -> None:
        self.random = random
        self.suffixes = {phones.suffix(key) for key in taken}
        self.companies: set[str] = set()

    def person(self, country: str) -> Person:
        words = NAMES[country]
        is_woman = self.random.random() < 0.52
        first_name = self.random.choice(words["women" if is_woman else "men"])
        return Person(first_name, surname(self.random.choice(words["surnames"]), country, is_woman), is_woman, country)

    def company(self, country: str) -> str:
        """A name no other company has: "Kovárna Dvořák s.r.o."."""
        words = NAMES[country]
        while True:
            owner = self.random.choice([*words["surnames"], *map(town, words["cities"])]).partition("/")[0]
            name = f"{self.random.choice(words['trades'])} {owner} {self.random.choice(words['forms'])}"
            if name not in self.companies:
                self.companies.add(name)
                return name

    def address(self, country: str) -> str:
        words = NAMES[country]
        return str(words["address"]).format(
            street=self.random.choice(words["streets"]),
            house=self.random.randint(1, 140),
            city=self.random.choice(words["cities"]),
        )

    def number(self, country: str, sort: str) -> str:
        """A new number, spelled as somebody might have typed it; `sort` is "mobiles" or "lines"."""
        pattern = self.random.choice(NAMES[country][sort])
        national = re.sub("#", lambda _: str(self.random.randrange(10)), pattern)
        written = self.spelled(national, country)
        suffix = phones.suffix(phones.key(written, country))
        if suffix in self.suffixes:
            return self.number(country, "lines" if country == "DE" else sort)  # Germany's films share 200 mobiles
        self.suffixes.add(suffix)
        return written

    def spelled(self, national: str, country: str) -> str:
        code = NAMES[country]["code"]
        trunk = "0" if country in ("SK", "DE") else ""
        return self.random.choice(
            [
                f"+{code} {national}",
                f"+{code} {national}",
                trunk + national,
                trunk + national.replace(" ", ""),
                f"00{code}{national.replace(' ', '')}",
                f"+{code} (0) {national}" if trunk else f"+{code}-{national.replace(' ', '-')}",
            ]
        )


def surname(men: str, country: str, is_woman: bool) -> str:
    """The surname as this person bears it: Novák and Nováková, Černý and Černá, Kowalski and Kowalska."""
    man, _, woman = men.partition("/")
    if not is_woman or country == "DE":
        return man
    if woman:
        return woman
    if country == "PL":
        return man[:-1] + "a" if man.endswith(("ski", "cki", "dzki")) else man
    if man.endswith("ý"):
        return man[:-1] + "á"
    return re.sub("[ao]$|e(?=[kc]$)", "", man) + "ová"


def town(city: str) -> str:
    """The town of an address line, without its post code: "602 00 Brno" is Brno."""
    return re.sub(r"^[\d\s-]+|\s\d+$", "", city)


def slug(text: str) -> str:
    """A word in small letters of the English alphabet, for addresses."""
    german = text.lower().translate({ord("ä"): "ae", ord("ö"): "oe", ord("ü"): "ue", ord("ß"): "ss", ord("ł"): "l"})
    plain = unicodedata.normalize("NFKD", german).encode("ascii", "ignore").decode()
    return re.sub("[^a-z0-9]+", "-", plain).strip("-")
