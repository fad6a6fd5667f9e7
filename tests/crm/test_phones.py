"""Is one number one key, however it is written, and is what is not a number recognised as such?"""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crm.phones import (
    KEY_LENGTH,
    CallerKind,
    country_of,
    key,
    kind_of_caller,
    parse,
    spell,
    suffix,
)

COUNTRIES = ["CZ", "SK", "PL", "DE", "AT", "GB"]
FROM_ANYWHERE = [
    "+420773796040",
    "+420 773796040",
    "+420 773 796 040",
    "+420 77 37 96 040",
    "+420-773-796-040",
    "+420.773.796.040",
    "+420/773796040",
    "+420/773/796/040",
    "+420 773-796-040",
    "+420 (773) 796 040",
    "+420 (773) 796-040",
    "(+420) 773 796 040",
    "(+420)773796040",
    "[+420] 773 796 040",
    "+ 420 773 796 040",
    "++420 773 796 040",
    "+(420) 773 796 040",
    "  +420 773 796 040  ",
    "\t+420773796040\r\n",
    "+420 (0) 773 796 040",
    "+420(0)773796040",
    "+420 0773 796 040",
    "00420773796040",
    "00420 773 796 040",
    "00 420 773 796 040",
    "00420-773-796-040",
    "00420/773 796 040",
    "(00420) 773 796 040",
    "0042 0773 796 040",
    "00420 (0) 773 796 040",
    "+420\u00a0773\u00a0796\u00a0040",
    "+420\u2009773\u2009796\u2009040",
    "+420\u202f773\u202f796\u202f040",
    "+420\u2007773\u2007796\u2007040",
    "+420\u3000773\u3000796\u3000040",
    "+420‐773‐796‐040",
    "+420‑773‑796‑040",
    "+420–773–796–040",
    "+420—773—796—040",
    "+420−773−796−040",
    "+420/(773) 796.040",
    "\u202d+420773796040\u202c",
    "\u200e+420 773 796 040\u200f",
    "\ufeff+420\u00ad773\u00ad796\u00ad040",
    "\u2066+420\u200b773\u2060796\u2069040",
    "＋４２０７７３７９６０４０",
    "＋４２０　（７７３）　７９６－０４０",
    "+٤٢٠٧٧٣٧٩٦٠٤٠",
    "+۴۲۰ ۷۷۳ ۷۹۶ ۰۴۰",
    "+४२० ७७३ ७९६ ०४०",
    "٠٠٤٢٠٧٧٣٧٩٦٠٤٠",
    "tel:+420773796040",
    "tel:+420-773-796-040",
    "TEL:+420773796040",
    "tel:773-796-040;phone-context=+420",
    "callto:+420773796040",
    "sip:+420773796040@pbx.example.com",
    "sips:+420773796040@10.20.30.40:5061;transport=tls",
    "sip:00420773796040@example.com;user=phone",
    '"Nováková 2" <sip:+420773796040@example.com>;tag=17',
    "Jana <+420773796040>",
    "+420773796040@pbx.example.com",
    "tel. +420 773 796 040",
    "kancelář 2, mobil +420 773 796 040",
    "Mobil: +420 773 796 040",
    "+420 773 796 040 (mobil)",
    "+420 773 796 040 práce",
    "+420 773 796 040 l. 12",
]
AT_HOME = {
    "+420773796040": (
        "CZ",
        ["773796040", "773 796 040", "773-796-040", "773.796.040", "773/796040", "(773) 796 040", "0773796040"],
    ),
    "+421903123456": ("SK", ["0903123456", "0903 123 456", "0903/123 456", "(0903) 123-456", "903 123 456"]),
    "+48601234567": ("PL", ["601234567", "601 234 567", "601-234-567", "(60) 123-45-67", "0601234567"]),
    "+4915112345678": ("DE", ["015112345678", "0151 12345678", "0151/12345678", "(0151) 123 456-78", "0151-12345678"]),
    "+436641234567": ("AT", ["06641234567", "0664 1234567", "0664/123 45 67", "(0664) 1234567", "0664 / 12 34 567"]),
    "+447400123456": ("GB", ["07400123456", "07400 123456", "(07400) 123456", "07400-123-456", "7400 123456"]),
}
EXTENSIONS = [
    ";ext=12", " ext. 12", " ext 12", " ext: 12", "ext12", " extension 12", " x12", "x12", " x. 12", "#12", " # 12",
    " klapka 12", ", klapka 12", " kl. 12", " kl.12", " linka 12", " l. 12", " l.12", " (linka 12)", " Durchwahl 12",
    " DW 12", "-DW12", " wew. 12", " wewn. 12", " wewnętrzny 12", " w. 12", " mellék 12", ",12", ",,12", ";12", "w12",
    "p12", ",,12#",
]  # fmt: skip


@pytest.mark.parametrize("country", COUNTRIES)
@pytest.mark.parametrize("written", FROM_ANYWHERE)
def test_an_international_spelling_is_one_key_in_every_country(written: str, country: str) -> None:
    assert parse(written, country).key == "+420773796040"
    assert key(written, country) == "+420773796040"


@pytest.mark.parametrize("number", AT_HOME)
def test_a_national_spelling_is_read_in_its_own_country(number: str) -> None:
    country, spellings = AT_HOME[number]
    assert {key(written, country) for written in spellings} == {number}


@pytest.mark.parametrize("number", AT_HOME)
def test_a_number_is_one_key_through_its_calling_code_from_every_country(number: str) -> None:
    country, (national, *_) = AT_HOME[number]
    code = spell(number).split()[0]
    spellings = [number, "00" + number[1:], spell(number), f"{code} (0) {number.removeprefix(code)}"]
    assert {key(written, default) for written in spellings for default in COUNTRIES} == {number}
    assert key(national, country) == number


def test_a_lost_plus_is_found_again_where_the_digits_are_no_number_at_home() -> None:
    # In Germany 420773796040 is a number of its own, with area code 4207.
    assert {key("420773796040", country) for country in COUNTRIES if country != "DE"} == {"+420773796040"}
    assert key("421903123456", "CZ") == "+421903123456"
    assert key("00420773796040", "US") == "+420773796040"


@pytest.mark.parametrize("country", COUNTRIES)
@pytest.mark.parametrize("notation", EXTENSIONS)
def test_an_extension_is_kept_apart_from_the_number(notation: str, country: str) -> None:
    number = parse("+420 773 796 040" + notation, country)
    assert (number.key, number.extension) == ("+420773796040", "12")
    assert parse("77379604" + notation).extension == "12"


def test_groups_between_commas_are_no_extension() -> None:
    assert (parse("773,796,040").key, parse("773,796,040").extension) == ("773796040", "")


@pytest.mark.parametrize(
    ("written", "country", "expected"),
    [
        ("77379604", "CZ", "77379604"),
        ("77 37 96 04 l. 12", "CZ", "77379604"),
        ("٧٧٣٧٩٦٠٤", "CZ", "77379604"),
        ("12345", "CZ", "12345"),
        ("2025550", "US", "2025550"),
        ("773796040", "XX", "773796040"),
        ("773796040", "", "773796040"),
        ("+", "CZ", ""),
        ("neznámé", "CZ", ""),
        ("", "CZ", ""),
    ],
)
def test_what_is_no_number_is_kept_as_its_digits(written: str, country: str, expected: str) -> None:
    number = parse(written, country)
    assert number.key == key(written, country) == expected
    assert not number.is_international
    assert not number.is_valid


def test_a_number_spelled_on_the_keypad_is_read_unless_its_digits_are_a_number() -> None:
    assert key("1-800-FLOWERS", "US") == "+18003569377"
    assert key("0800 REIMANN", "DE") == "+498007346266"
    assert key("773 796 040 MOBIL", "CZ") == "+420773796040"


def test_an_italian_zero_stays() -> None:
    assert key("06 698 12345", "IT") == key("+39 (0)6 698 12345", "CZ") == "+390669812345"


def test_a_possible_number_need_not_be_valid() -> None:
    number = parse("610 000 000")
    assert (number.key, number.is_international, number.is_valid) == ("+420610000000", True, False)
    assert parse("773 796 040").is_valid


def test_a_suffix_is_the_last_eight_digits() -> None:
    assert suffix("+420773796040") == suffix("73796040") == suffix("73796040") == "73796040"
    assert suffix("77379604") == "77379604"
    assert suffix("12345") == "12345"
    assert suffix("") == ""


@pytest.mark.parametrize(
    "written",
    [
        "", " ", "anonymous", "Anonymous", "ANONYMOUS", "unknown", "private", "Restricted", "unavailable", "withheld",
        "-1", "0", "00000000", "<unknown>", "anonymous@anonymous.invalid", "sip:anonymous@10.0.0.1:5060",
        '"Anonymous" <sip:anonymous@192.168.1.1>', "skryté číslo", "Unterdrückt", "numer zastrzeżony", "+", "\x00",
    ],
)  # fmt: skip
def test_a_hidden_caller_is_withheld(written: str) -> None:
    assert kind_of_caller(written) is CallerKind.WITHHELD


@pytest.mark.parametrize("written", ["12", "101", "2001", "12345", " 101 ", "sip:101@pbx.local", "1-01", "١٠١", "5"])
def test_a_line_of_our_own_switchboard_is_internal(written: str) -> None:
    assert kind_of_caller(written) is CallerKind.INTERNAL


@pytest.mark.parametrize("written", ["77379604", "773796040", "+12345", "123456", "sip:773796040@pbx", *FROM_ANYWHERE])
def test_anything_longer_or_international_is_a_number(written: str) -> None:
    assert kind_of_caller(written) is CallerKind.NUMBER


def test_a_number_is_spelled_in_groups_and_nationally_at_home() -> None:
    assert spell("+420773796040") == spell("+420773796040", "SK") == "+420 773 796 040"
    assert spell("+420773796040", "CZ") == "773 796 040"
    assert spell("+4915112345678", "DE") == "01511 2345678"
    assert spell("77379604", "CZ") == "77379604"
    assert spell("") == ""


def test_a_key_tells_its_country() -> None:
    assert [country_of(number) for number in AT_HOME] == COUNTRIES
    assert country_of("+80012345678") is None
    assert country_of("77379604") is None


@given(st.text(), st.sampled_from([*COUNTRIES, "US", "XX", ""]))
@example("\x00+420\x00773796040\x00", "CZ")
@example("\ud800773796040\udfff", "CZ")
@example("9" * 10_000, "CZ")
@example("+" * 10_000, "CZ")
@example(" " * 10_000 + "x1", "CZ")
@example("<" * 10_000, "CZ")
@example("1x" * 5_000, "CZ")
def test_any_text_at_all_has_a_short_key_of_digits(written: str, country: str) -> None:
    number = parse(written, country)
    digits = number.key.removeprefix("+")
    assert digits == "" or (digits.isascii() and digits.isdigit())
    assert len(number.key) <= KEY_LENGTH
    assert number.extension == "" or (number.extension.isascii() and number.extension.isdigit())
    assert number.key == key(written, country)
    assert kind_of_caller(written) in CallerKind
    assert spell(number.key) != "" or number.key == ""
