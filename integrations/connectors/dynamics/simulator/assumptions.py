"""What does nobody outside Microsoft know for certain, and what did we choose? The one list of it.

Everything else the simulator does was read in Microsoft's documentation, or in clients that others wrote. `matters`
says what it would mean for us if it is otherwise.
"""

from __future__ import annotations

from typing import NamedTuple


class Assumption(NamedTuple):
    question: str
    choice: str
    matters: str = ""


ASSUMPTIONS = (
    Assumption(
        "Which moment is the delta link of a paged first read true for?",
        "its first page: what changes meanwhile comes with the next delta",
        "if it were the last page, such a change would be found by the next full read only",
    ),
    Assumption("Is the delta link on the last page only?", "yes; the others have a next link"),
    Assumption(
        "In which order does a tracked read come?",
        "changed rows by version, then deletions, as documented as the usual order",
    ),
    Assumption(
        "Which status does an expired delta link have?",
        "400 with 0x80044352; 410 is understood as well",
        "any refusal of a link that was given to us means a full read, so another code does no harm",
    ),
    Assumption("What does a table answer whose changes are not tracked?", "400; Check asks the metadata instead"),
    Assumption(
        "Is a row that we may no longer see told with the reason “deleted”?", "no: such a row is not told at all"
    ),
    Assumption(
        "What does a row look like that was merged away?",
        "inactive, `merged` true, `masterid` the survivor; contacts of a merged account move to the survivor",
        "without `masterid` it would be taken for an ordinary inactive record",
    ),
    Assumption(
        "Is `accountid` of a contact its company, where that is an account?",
        "yes, and `parentcontactid` where it is a person; both are read-only",
        "the usual mapping of a contact's account names it",
    ),
    Assumption("Is a stored next link good for a later run?", "yes, for as long as its delta link would be"),
    Assumption("Do `odata.track-changes` and `odata.maxpagesize` go together?", "yes"),
    Assumption("In which order do untracked rows come?", "by primary key, text order of the GUID"),
    Assumption("What does `ne` do with null?", "null differs from every value"),
    Assumption("Which texts come with 401 and 403?", "a bearer challenge; 0x80072560 without an application user"),
    Assumption("Which scope does the sign-in want?", "the address of the environment, with /.default"),
    Assumption("How long does a token live?", "3,599 seconds"),
)


def table() -> list[str]:
    """A line for each, numbered."""
    return [
        f"{number:>3}  {one.question} | {one.choice}" + (f" | {one.matters}" if one.matters else "")
        for number, one in enumerate(ASSUMPTIONS, start=1)
    ]
