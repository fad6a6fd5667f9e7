"""Which words does ipSCAPE's Dynamics adapter use, and which are ours for them? (seed 001; pure)"""

from __future__ import annotations

import re

KINDS = {
    dict: "an object { }",
    list: "a list [ ]",
    str: "a text",
    bool: "true or false",
    int: "a number",
    float: "a number",
}

# Where the parts of the file may stand: the manual shows each part on its own.
CONTAINERS = ("config", "options")
WITHOUT_COUNTERPART = {
    "scripts": (list, "not loaded: the card is our own page and asks nobody for scripts."),
    "completeActivityRecordOnWrap": (bool, "an activity is complete when the agent says Done, or Daktela closes it."),
    "createTaskOnPreview": (bool, "no record is made before there is a call; call-backs are tasks of their own."),
}
PARTS = (*WITHOUT_COUNTERPART, "screenPop", "entities", "fields")
OPTION_FIELDS = {
    "callDispositionField": "outcomes are kept here; a connection's mapping says which field of Dynamics gets them.",
    "agentInteractionId": "an activity keeps Daktela's id; a connection's mapping says which field gets it.",
}

# A rule.
CALL_TYPES = ("manual", "inbound", "preview", "outbound", "default")
RULE_KEYS = ("callType", "entity", "query", "map", "addNewRecord")
MAP_KEYS = ("name", "type", "format", "path", "map")
MAP_TYPES = ("string", "phone")
PATH = re.compile(r"[A-Za-z_]\w*(?:\.(?:[A-Za-z_]\w*|index=\d+))*(?:\[\w+\])?", re.ASCII)
PLACEHOLDER = re.compile(r"\{\{([^{}]*)\}\}")
CALLER = ("interaction.activity.customerCli",)
SOURCE_TAKEN = "the caller's number: it is the “clid” of the iframe's address."
SOURCE_LEFT = "not read: the one number that is looked up is the “clid” of the iframe's address."

# An entity, and its fields.
ENTITIES = {"contact": "contacts", "account": "accounts", "lead": "leads"}
ENTITY_KEYS = ("plural", "key", "query", "type")
BOXES = {"person": "person", "entity": "company"}
ALWAYS_SHOWN = ("fullname", "firstname", "lastname", "name")
FIELDS = {
    "telephone1": "work_number",
    "telephone2": "home_number",
    "mobilephone": "mobile",
    "emailaddress1": "emails",
    "donotphone": "do_not_call",
    "jobtitle": "job_title",
    "companyname": "company",
    "parentcustomerid": "company",
    "_parentcustomerid_value": "company",
    "address1_composite": "address",
    "websiteurl": "website",
    "description": "description",
    "ownerid": "owner",
    "_ownerid_value": "owner",
}
FIELDS_OF_ACCOUNT = {"telephone1": "numbers", "telephone2": "numbers"}  # a company's numbers are one list


def is_quoted(option: str) -> bool:
    """Whether what follows `option`, the text since the last $, is quoted: doubly in $search, singly elsewhere."""
    quote = '"' if option.startswith("search") else "'"
    return option.count(quote) % 2 == 1
