"""What does an admin say about a Daktela? Its token and its pace; and every guess about it, where it can be corrected.

Fields marked `advanced` are what nobody outside Daktela knows for certain: the default is our assumption, and the only
place where it is made.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field, SecretStr

ADVANCED: dict[str, Any] = {"advanced": True}


class DaktelaSettings(BaseModel):
    token: SecretStr = Field(
        title="API token", description="Of a Daktela user made for Callroom: Manage > Users, the user's own page."
    )
    database: str = Field(
        "default", title="CRM database", description="Where new contacts and accounts go, by its name in Daktela."
    )
    parallel: int = Field(
        4,
        ge=1,
        le=8,
        title="Requests at once",
        description="At most, from each process of Callroom. 4 is kind to a busy Daktela.",
    )
    rate_per_second: float = Field(
        50, gt=0, le=1000, title="Requests per second", description="At most, from each process of Callroom."
    )
    retire: Literal["deactivate", "keep", "delete"] = Field(
        "deactivate",
        title="When a record of ours is gone",
        description="Deactivate marks it in Daktela, keep leaves it as it is, delete removes it there too.",
    )
    retired_field: str = Field(
        "crm_state",
        title="Field that marks it",
        description="A custom field of contacts and accounts in Daktela; add it there first.",
    )
    retired_value: str = Field("retired", title="Value that marks it")
    page_size: int = Field(500, ge=1, le=1000, title="Records a page", json_schema_extra=ADVANCED)
    overlap_minutes: int = Field(
        5,
        ge=0,
        le=1440,
        title="Overlap in minutes",
        description="How far back a run looks before the last change it saw.",
        json_schema_extra=ADVANCED,
    )
    names_per_request: int = Field(
        50,
        ge=1,
        le=500,
        title="Records read by name at once",
        description="Each makes the address longer by a hundred letters; web servers take 8,000.",
        json_schema_extra=ADVANCED,
    )
    cleared_value: Literal["null", "empty"] = Field(
        "null", title="A cleared field is sent as", json_schema_extra=ADVANCED
    )
