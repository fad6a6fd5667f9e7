"""Does our reading of phone numbers agree with the `phonenumbers` library, and is it as much faster as we say?"""

import random
import time
from collections.abc import Callable, Iterator

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phonenumbers import PhoneMetadata, PhoneNumber, PhoneNumberFormat, PhoneNumberType, ValidationResult

from crm.phones import key, parse, spell

COUNTRIES = ["CZ", "SK", "PL", "DE", "AT", "HU", "GB", "US", "IT"]
EXTENSIONS = [";ext=12", " ext. 12", " x12", "#12", " klapka 12", " linka 12", " l. 12", " Durchwahl 12", " DW 12",
              " wew. 12", ",12", "w12"]  # fmt: skip


def library_number(written: str, country: str) -> PhoneNumber | None:
    """The straightforward way: parsed, and of a possible length with its area code."""
    try:
        number = phonenumbers.parse(written, country)
    except phonenumbers.NumberParseException:
        return None
    possible = phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE
    return number if possible else None


def library_key(written: str, country: str) -> str:
    """The reference all agreement is measured against: E.164 of a possible number, else its digits."""
    number = library_number(written, country)
    if number is None:
        return phonenumbers.normalize_digits_only(written)
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def repaired_keys(written: str, country: str) -> set[str]:
    """What a text that is no valid number may be read as: without one run of zeros, or with its lost plus."""
    digits = phonenumbers.normalize_digits_only(written)
    readings = [library_number("+" + digits.removeprefix("00"), country)]
    try:
        number = phonenumbers.parse(written, country)
        readings.append(PhoneNumber(country_code=number.country_code, national_number=number.national_number))
    except phonenumbers.NumberParseException:
        pass
    valid = [reading for reading in readings if reading and phonenumbers.is_valid_number(reading)]
    return {phonenumbers.format_number(reading, PhoneNumberFormat.E164) for reading in valid}


def agrees(written: str, country: str) -> bool:
    """Equal to the reference; a number the library itself calls invalid may be repaired into a valid one."""
    ours = key(written, country)
    if ours == library_key(written, country):
        return True
    number = library_number(written, country)
    return not (number and phonenumbers.is_valid_number(number)) and ours in repaired_keys(written, country)


def mixed_sample(size: int, seed: int) -> Iterator[str]:
    """What callers and address books send to a Czech queue, rubbish included; extensions the library can read."""
    draw = random.Random(seed)
    for _ in range(size):
        mobile = f"{draw.choice('67')}{draw.randrange(10**8):08d}"
        spaced = f"{mobile[:3]} {mobile[3:6]} {mobile[6:]}"
        spellings = [f"+420{mobile}", mobile, f"+420 {spaced}", f"00420{mobile}", spaced, f"+4219{mobile[1:]}",
                     f"+49 (0)151 {mobile[1:]}", f"2{mobile[1:]}", f"{mobile} ext. 12",
                     draw.choice(["", "neznámé", "112", "+420", "12345"])]  # fmt: skip
        yield draw.choices(spellings, [35, 20, 10, 10, 5, 8, 4, 4, 2, 2])[0]


def random_spelling(draw: random.Random) -> str:
    alphabet = draw.choice(["0123456789", "0123456789+ -./()", "00124290 ()", "0123456789٠١٢７８ \u00a0–"])
    prefix = draw.choice(
        ["", "", "+", "0", "00", "+420", "00420", "420", "+421 ", "0048", "+49(0)", "+43", "+36", "06"]
    )
    return prefix + "".join(draw.choices(alphabet, k=draw.randint(0, 15)))


def example_numbers() -> list[tuple[str, PhoneNumber]]:
    types = [number_type for name, number_type in vars(PhoneNumberType).items() if name.isupper()]
    regional = [
        (region, phonenumbers.example_number_for_type(region, number_type))
        for region in sorted(phonenumbers.SUPPORTED_REGIONS)
        for number_type in types
    ]
    global_codes = sorted(phonenumbers.COUNTRY_CODES_FOR_NON_GEO_REGIONS)
    everywhere = [("001", phonenumbers.example_number_for_non_geo_entity(code)) for code in global_codes]
    return [(region, number) for region, number in regional + everywhere if number]


EXAMPLES = example_numbers()


def in_digits_from(zero: int, text: str) -> str:
    return "".join(chr(zero + int(character)) if character.isdigit() else character for character in text)


def spellings_from_abroad(number: PhoneNumber) -> Iterator[tuple[str, str]]:
    """Each written form with the country it is read in."""
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    grouped = phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
    prefixes = {"CZ": "00", "US": "011", "AU": "0011", "RU": "810", "JP": "010", "BR": "0015"}
    yield from ((prefix + e164[1:], country) for country, prefix in prefixes.items())
    yield from ((grouped.replace(" ", separator), "SK") for separator in "\u00a0\u2009.-–/")
    yield from ((in_digits_from(zero, e164), "PL") for zero in (0x660, 0x6F0, 0x966, 0xFF10))
    yield from ((e164 + extension, "DE") for extension in EXTENSIONS)
    yield from ((f"\u202a{grouped}\u202c", "AT"), (in_digits_from(0xFF10, e164).replace("+", "＋"), "CZ"))
    yield from ((phonenumbers.format_number(number, PhoneNumberFormat.RFC3966), "GB"), (e164, "CZ"), (grouped, "CZ"))
    yield f"sip:{e164}@pbx.example.com", "CZ"


def spellings_at_home(region: str, number: PhoneNumber) -> Iterator[tuple[str, str]]:
    national = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    yield from ((spelling, region) for spelling in (national, national.replace(" ", "\u00a0"), f"  {national} "))
    yield phonenumbers.normalize_digits_only(national), region
    yield in_digits_from(0x660, national), region
    yield from ((national + extension, region) for extension in EXTENSIONS)
    metadata = PhoneMetadata.metadata_for_region(region)
    if metadata and metadata.national_prefix == "0" and national.startswith("0"):
        yield from ((f"+{number.country_code} (0){national[1:]}", country) for country in (region, "CZ"))


def test_the_library_has_all_the_example_numbers_we_promise() -> None:
    assert len([region for region, _ in EXAMPLES if region != "001"]) >= 1374
    assert len({number.country_code for region, number in EXAMPLES if region == "001"}) == 9


def test_every_example_number_is_one_key_in_every_written_form() -> None:
    wrong = []
    for region, number in EXAMPLES:
        expected = phonenumbers.format_number(number, PhoneNumberFormat.E164)
        forms = [*spellings_from_abroad(number), *(spellings_at_home(region, number) if region != "001" else ())]
        wrong += [(form, country) for form, country in forms if key(form, country) != expected]
    assert wrong == []


def test_every_country_dials_abroad_with_its_own_prefix() -> None:
    abroad = phonenumbers.parse("+420773796040")
    for region in phonenumbers.SUPPORTED_REGIONS:
        dialled = phonenumbers.format_out_of_country_calling_number(abroad, region)
        assert key(dialled, region) == "+420773796040", (dialled, region)


def test_the_key_of_a_valid_number_reads_back_as_itself_in_every_country() -> None:
    keys = {phonenumbers.format_number(number, PhoneNumberFormat.E164) for _, number in EXAMPLES}
    assert [e164 for e164 in keys if {key(e164, country) for country in COUNTRIES} != {e164}] == []


@pytest.mark.parametrize("country", COUNTRIES)
def test_every_area_code_in_every_length_agrees_with_the_library(country: str) -> None:
    draw = random.Random(7)
    code = phonenumbers.country_code_for_region(country)
    for prefix in (f"{number:03d}" for number in range(1000)):
        digits = prefix + "".join(draw.choices("0123456789", k=draw.randint(1, 11)))
        for trunk in ("", "0", "06", f"+{code}", f"00{code}", f"+{code} (0)"):
            assert agrees(trunk + digits, country), (trunk + digits, country)


def test_two_hundred_thousand_random_spellings_agree_with_the_library() -> None:
    draw = random.Random(2)
    spellings = ((random_spelling(draw), draw.choice(COUNTRIES)) for _ in range(200_000))
    assert [(written, country) for written, country in spellings if not agrees(written, country)] == []


@settings(max_examples=1000)
@given(st.text("0123456789+ -./()\u00a0–", max_size=24), st.sampled_from(COUNTRIES))
def test_any_spelling_agrees_with_the_library(written: str, country: str) -> None:
    assert agrees(written, country)
    assert parse(written, country).key == key(written, country)


def test_the_mixed_sample_agrees_and_is_read_five_times_as_fast() -> None:
    sample = list(mixed_sample(5000, seed=4))
    assert [written for written in sample if key(written, "CZ") != library_key(written, "CZ")] == []
    assert fastest(library_key, sample) / fastest(key, sample) >= 5


def fastest(read: Callable[[str, str], str], sample: list[str]) -> float:
    """Seconds of processor time, the best of five."""
    return min(processor_time(read, sample) for _ in range(5))


def processor_time(read: Callable[[str, str], str], sample: list[str]) -> float:
    started_at = time.process_time()
    for written in sample:
        read(written, "CZ")
    return time.process_time() - started_at


@pytest.mark.parametrize("code", ["420", "421", "48"])
def test_what_is_spelled_without_the_library_is_spelled_as_it_would(code: str) -> None:
    keys = [f"+{code}{start:03}{random.Random(start).randrange(10**6):06}" for start in range(1000)]
    read = [(one, phonenumbers.parse(one)) for one in keys]
    wanted = {one: phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL) for one, number in read}
    assert {one: spell(one) for one in keys} == wanted
