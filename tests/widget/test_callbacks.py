"""Are the times to call back good ones: still to come, in working hours, and right on the two nights of the year?"""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from widget.callbacks import times

PRAGUE = ZoneInfo("Europe/Prague")


def labels(now: str) -> list[str]:
    return [one.label for one in times(datetime.fromisoformat(now).replace(tzinfo=PRAGUE))]


def test_in_half_an_hour_the_rest_of_today_tomorrow_and_monday() -> None:
    assert labels("2026-11-18T10:20:00") == [
        "Today 11:00", "Today 14:00", "Today 16:00", "Tomorrow 09:00", "Tomorrow 14:00", "Mon 23 Nov 09:00"
    ]  # fmt: skip


def test_on_a_friday_evening_the_next_working_day_is_monday() -> None:
    assert labels("2026-11-20T23:50:00") == ["Mon 23 Nov 09:00", "Mon 23 Nov 14:00", "Mon 30 Nov 09:00"]


@pytest.mark.parametrize("fold", [0, 1])
@pytest.mark.parametrize("now", ["2026-10-25T01:45", "2026-10-25T02:10", "2026-10-25T02:45", "2026-03-29T01:45"])
def test_soon_is_soon_on_the_two_nights_of_the_year(now: str, fold: int) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=PRAGUE, fold=fold)
    soon = times(moment)[0]
    assert 30 * 60 <= datetime.fromisoformat(soon.value).timestamp() - moment.timestamp() < 45 * 60
    assert soon.label == f"Today {datetime.fromisoformat(soon.value).astimezone(PRAGUE):%H:%M}"


def test_tomorrow_at_nine_is_nine_by_the_clock_after_the_change() -> None:
    at_nine = (one.value for one in times(datetime(2026, 10, 23, 18, 0, tzinfo=PRAGUE)) if "09:00" in one.label)
    assert next(at_nine) == "2026-10-26T09:00:00+01:00"
