"""Which tables and columns are there? Accounts and contacts, with two columns of the company's own each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Column(NamedTuple):
    """`kind` is the AttributeType, `form` the FormatName of a text or the Format of a time."""

    name: str
    kind: str
    label: str
    form: str = ""
    options: tuple[tuple[int, str], ...] = ()
    is_writable: bool = True
    is_required: bool = False
    is_custom: bool = False
    attribute_of: str | None = None

    @property
    def read_as(self) -> str:
        """The name in a record: a lookup is read as its key."""
        return f"_{self.name}_value" if self.kind in ("Lookup", "Customer", "Owner") else self.name


@dataclass(frozen=True)
class Definition:
    entity: str
    entity_set: str
    key: str
    label: str
    columns: tuple[Column, ...]

    def names(self) -> tuple[str, ...]:
        """What a record has when nobody says $select."""
        readable = (c for c in self.columns if c.kind not in ("Virtual", "EntityName") and not c.attribute_of)
        return tuple(column.read_as for column in readable)

    def column(self, name: str) -> Column | None:
        """By its name in a record."""
        return next((column for column in self.columns if column.read_as == name), None)


STATES = ((0, "Active"), (1, "Inactive"))
STATUSES = ((1, "Active"), (2, "Inactive"))
LEVELS = ((100000000, "Bronze"), (100000001, "Silver"), (100000002, "Gold"))
INDUSTRIES = ((1, "Accounting"), (2, "Agriculture"), (3, "Broadcasting"), (4, "Brokers"))


def text(name: str, label: str, form: str = "Text") -> Column:
    return Column(name, "String", label, form)


def plumbing(master: str) -> tuple[Column, ...]:
    """What every table has: its state, its merging, its times."""
    return (
        Column("statecode", "State", "Status", options=STATES),
        Column("statuscode", "Status", "Status Reason", options=STATUSES),
        Column("merged", "Boolean", "Merged", is_writable=False),
        Column("masterid", "Lookup", f"Master {master}", is_writable=False),
        Column("masteridname", "String", "", is_writable=False, attribute_of="masterid"),
        Column("ownerid", "Owner", "Owner"),
        Column("owneridtype", "EntityName", "", is_writable=False, attribute_of="ownerid"),
        Column("entityimage", "Virtual", "Picture"),
        Column("createdon", "DateTime", "Created On", "DateAndTime", is_writable=False),
        Column("modifiedon", "DateTime", "Modified On", "DateAndTime", is_writable=False),
        Column("versionnumber", "BigInt", "Version Number", is_writable=False),
    )


def address() -> tuple[Column, ...]:
    return (
        text("address1_line1", "Address 1: Street 1"),
        text("address1_city", "Address 1: City"),
        text("address1_postalcode", "Address 1: ZIP/Postal Code"),
        text("address1_country", "Address 1: Country/Region"),
    )


CONTACT = Definition(
    "contact",
    "contacts",
    "contactid",
    "Contact",
    (
        Column("contactid", "Uniqueidentifier", "Contact", is_writable=False),
        Column("fullname", "String", "Full Name", "Text", is_writable=False),
        text("firstname", "First Name"),
        Column("lastname", "String", "Last Name", "Text", is_required=True),
        text("jobtitle", "Job Title"),
        text("emailaddress1", "Email", "Email"),
        text("emailaddress2", "Email Address 2", "Email"),
        text("telephone1", "Business Phone", "Phone"),
        text("telephone2", "Home Phone", "Phone"),
        text("mobilephone", "Mobile Phone", "Phone"),
        text("fax", "Fax"),
        Column("parentcustomerid", "Customer", "Company Name"),
        Column("accountid", "Lookup", "Account", is_writable=False),  # the company, where it is an account
        Column("parentcontactid", "Lookup", "Parent Contact", is_writable=False),  # and where it is a person
        Column("parentcustomeridname", "String", "", is_writable=False, attribute_of="parentcustomerid"),
        *address(),
        Column("birthdate", "DateTime", "Birthday", "DateOnly"),
        Column("gendercode", "Picklist", "Gender", options=((1, "Male"), (2, "Female"))),
        Column(
            "preferredcontactmethodcode", "Picklist", "Preferred Method of Contact", options=((1, "Any"), (3, "Phone"))
        ),
        Column("donotphone", "Boolean", "Do not allow Phone Calls"),
        Column("customertypecode", "Picklist", "Relationship Type", options=((1, "Default Value"),)),
        Column("description", "Memo", "Description"),
        Column("new_loyaltylevel", "Picklist", "Loyalty level", options=LEVELS, is_custom=True),
        Column("new_clubmember", "Boolean", "Club member", is_custom=True),
        *plumbing("Contact"),
    ),
)

ACCOUNT = Definition(
    "account",
    "accounts",
    "accountid",
    "Account",
    (
        Column("accountid", "Uniqueidentifier", "Account", is_writable=False),
        Column("name", "String", "Account Name", "Text", is_required=True),
        text("accountnumber", "Account Number"),
        text("emailaddress1", "Email", "Email"),
        text("telephone1", "Main Phone", "Phone"),
        text("telephone2", "Other Phone", "Phone"),
        text("fax", "Fax"),
        text("websiteurl", "Website", "Url"),
        *address(),
        Column("industrycode", "Picklist", "Industry", options=INDUSTRIES),
        Column("numberofemployees", "Integer", "Number of Employees"),
        Column("creditlimit", "Money", "Credit Limit"),
        Column("description", "Memo", "Description"),
        Column("parentaccountid", "Lookup", "Parent Account"),
        Column("primarycontactid", "Lookup", "Primary Contact"),
        Column("new_contracttier", "Picklist", "Contract tier", options=LEVELS, is_custom=True),
        Column("new_reviewedon", "DateTime", "Reviewed on", "DateOnly", is_custom=True),
        *plumbing("Account"),
    ),
)

DEFINITIONS = {definition.entity: definition for definition in (ACCOUNT, CONTACT)}
BY_SET = {definition.entity_set: definition for definition in DEFINITIONS.values()}
