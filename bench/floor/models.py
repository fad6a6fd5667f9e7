"""Which rows does the floor read? The product's own, by plain models."""

# ruff: noqa: DJ008
from django.db import models


class Contact(models.Model):
    first_name = models.TextField()
    last_name = models.TextField()
    job_title = models.TextField()
    alert = models.TextField()

    class Meta:
        managed = False
        db_table = "crm_contact"


class PhoneNumber(models.Model):
    contact = models.ForeignKey(Contact, models.CASCADE, null=True)
    number = models.TextField()
    suffix = models.TextField()

    class Meta:
        managed = False
        db_table = "crm_phonenumber"
