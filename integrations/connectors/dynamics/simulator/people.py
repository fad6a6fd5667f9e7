"""Who is in the simulated Dynamics? Any number of accounts and contacts, made from their number alone, always alike.

Row 7 is the same in every run. What repeats is rendered once for PERIOD rows; in it stand marks for what is a row's
own, so a page of a table of a million rows costs a few replacements a row and no memory.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, NamedTuple

PERIOD = 1000
CONTACTS_PER_ACCOUNT = 10
DIGITS, HEX, VERSION, ACCOUNT = "§", "¤", "¢", "¥"  # the row's number in seven digits, in hex, its version, its account

FIRST = ("Jan", "Eva", "Petr", "Anna", "Tomáš", "Marie", "Jiří", "Hana", "Pavel", "Lenka", "Martin", "Věra", "Ivana")
LAST = ("Novák", "Svoboda", "Dvořák", "Černý", "Procházka", "Kučera", "Veselý", "Horák", "Němec", "Marek", "Pospíšil")
CITIES = ("Praha 1", "Brno", "Ostrava", "Plzeň", "Liberec", "Olomouc", "Zlín", "Hradec Králové")
TRADES = ("Logistics", "Travel", "Dental", "Energy", "Foods", "Glass", "Software", "Tools", "Textile")
JOBS = (None, "Buyer", "Managing Director", "Assistant", "Accountant", None, "Head of Sales")


def guid(entity: str, number: int) -> str:
    """The primary key of a made row; its beginning is the row's number."""
    tail = number % PERIOD
    return f"{number:08x}-{tail:04x}-4{'c0a' if entity == 'contact' else 'acc'}-8a11-00c0ffee{tail:04x}"


def number_of(entity: str, key: str) -> int | None:
    """The number of a made row; None for another key."""
    try:
        number = int(key[:8], 16)
    except ValueError:
        return None
    return number if guid(entity, number) == key else None


def contact(tail: int) -> dict[str, Any]:
    first, last = FIRST[tail % len(FIRST)], LAST[tail // 7 % len(LAST)]
    prefix = ("+420 ", "00420", "", "+420")[tail % 4]
    month, day = tail % 12 + 1, tail % 28 + 1
    return {
        "fullname": f"{first} {last}",
        "firstname": first,
        "lastname": last,
        "jobtitle": JOBS[tail % len(JOBS)],
        "emailaddress1": f"c{DIGITS}@customer.example" if tail % 5 else None,
        "telephone1": f"{prefix}22{DIGITS}",
        "mobilephone": f"{prefix}77{DIGITS}",
        "_parentcustomerid_value": ACCOUNT,
        "_accountid_value": ACCOUNT,
        "address1_line1": f"Dlouhá {tail}",
        "address1_city": CITIES[tail % len(CITIES)],
        "address1_postalcode": f"{10000 + tail * 7}",
        "birthdate": f"{1950 + tail % 50}-{month:02d}-{day:02d}" if tail % 3 else None,
        "gendercode": tail % 2 + 1,
        "preferredcontactmethodcode": 1,
        "donotphone": tail % 50 == 0,
        "customertypecode": 1,
        "new_loyaltylevel": 100000000 + tail % 3 if tail % 4 else None,
        "new_clubmember": tail % 6 == 0,
        **common(tail),
    }


def account(tail: int) -> dict[str, Any]:
    return {
        "name": f"{LAST[tail % len(LAST)]} {TRADES[tail % len(TRADES)]} {DIGITS}",
        "accountnumber": f"A-{DIGITS}",
        "emailaddress1": f"office{DIGITS}@company.example",
        "telephone1": f"+420 23{DIGITS}",
        "websiteurl": f"https://company{DIGITS}.example",
        "address1_line1": f"Nádražní {tail}",
        "address1_city": CITIES[tail % len(CITIES)],
        "address1_postalcode": f"{10000 + tail * 3}",
        "industrycode": tail % 4 + 1,
        "numberofemployees": tail % 400,
        "creditlimit": tail * 100.5,
        "new_contracttier": 100000000 + tail % 3,
        **common(tail),
    }


def common(tail: int) -> dict[str, Any]:
    day = f"2026-{tail % 9 + 1:02d}-{tail % 28 + 1:02d}"
    return {
        "statecode": 0,
        "statuscode": 1,
        "merged": False,
        "createdon": f"{day}T08:{tail % 60:02d}:00Z",
        "modifiedon": f"{day}T09:{tail % 60:02d}:00Z",
    }


MADE = {"contact": contact, "account": account}


class Shape(NamedTuple):
    """How rows are rendered: the table, its key and the columns asked for, in order."""

    entity: str
    key: str
    columns: tuple[str, ...]


@lru_cache(maxsize=16)
def templates(shape: Shape) -> list[str]:
    """The rows 0 … PERIOD-1 as JSON, with marks where a row is its own."""
    made = []
    for tail in range(PERIOD):
        values = MADE[shape.entity](tail)
        row = {"@odata.etag": f'W/"{VERSION}"'} | {name: values.get(name) for name in shape.columns}
        row[shape.key] = guid(shape.entity, tail).replace(f"{tail:08x}", HEX, 1)
        text = json.dumps(row, ensure_ascii=False, separators=(",", ":"))
        made.append(text.replace('"versionnumber":null', f'"versionnumber":{VERSION}'))
    return made


@lru_cache(maxsize=160)
def rendered(shape: Shape, start: int, stop: int, offset: int, accounts: int) -> list[str]:
    """The rows from start to before stop as JSON; a row's version is its number plus offset."""
    made = templates(shape)
    return [fill(made[number % PERIOD], number, offset, accounts) for number in range(start, stop)]


def fill(template: str, number: int, offset: int, accounts: int) -> str:
    row = template.replace(DIGITS, f"{number:07d}").replace(HEX, f"{number:08x}", 1)
    row = row.replace(VERSION, str(number + offset))
    if ACCOUNT not in row:
        return row
    owner = number // CONTACTS_PER_ACCOUNT
    return row.replace(ACCOUNT, guid("account", owner)) if owner < accounts else row.replace(f'"{ACCOUNT}"', "null")
