"""What does an admin say about a Dynamics 365? The application it knows us by, and where that one signs in."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field, SecretStr

ADVANCED: dict[str, Any] = {"advanced": True}
GUID = r"^\s*[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\s*$"


class DynamicsSettings(BaseModel):
    tenant: str = Field(
        title="Directory (tenant) ID",
        description="In the Azure portal, on the page of the app registration. The directory's domain does as well.",
        pattern=r"^\s*[A-Za-z0-9][A-Za-z0-9.-]*\s*$",
    )
    client_id: str = Field(
        title="Application (client) ID",
        description="Of an app registration that is an application user of the environment, with a security role.",
        pattern=GUID,
    )
    client_secret: SecretStr = Field(
        title="Client secret", description="Its value, not its ID; shown once, under Certificates & secrets."
    )
    authority: str = Field(
        "https://login.microsoftonline.com",
        min_length=1,
        title="Sign-in address",
        description="Another one in national clouds only. The client secret is sent there.",
        json_schema_extra=ADVANCED | {"receives_secrets": True},
    )
    api_version: str = Field("v9.2", title="Version of the Web API", pattern=r"^v9\.\d$", json_schema_extra=ADVANCED)
    page_size: int = Field(1000, ge=1, le=5000, title="Records a page", json_schema_extra=ADVANCED)
