"""Can fields be mapped without a script, tried on a real record, published, taken back, and kept in a file?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import yaml
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse

from integrations.connectors import CONNECTORS, register
from integrations.connectors.base import Connector, Finding, Item, Rejected, RemoteField, Target, Written
from integrations.connectors.daktela.simulator import Simulator
from integrations.forms.connection import NoSettings
from integrations.models import Connection, FieldMapping, Stream
from integrations.panel import usual
from tests.factories import ContactFactory, CustomFieldFactory
from tests.integrations.panel.conftest import Panel


def sent(*rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A form with these rows, as a browser sends it."""
    blank = {"mode": "overwrite", "transform": "", "argument": "", "default": "", "table": ""}
    cells = {f"row-{at}-{name}": value for at, row in enumerate(rows) for name, value in (blank | row).items()}
    return {"rows": len(rows), **cells, **more}


class Blind(Target):
    """One that is written to and says nothing of what stands there."""

    slug, label, outward, Settings = "blind", "Blind", ("contact",), NoSettings

    def check(self) -> Iterator[Finding]:
        return iter(())

    def fields(self, entity: str) -> list[RemoteField]:
        return [RemoteField("lastname", "Last name")]

    def write(self, entity: str, items: Sequence[Item]) -> Iterator[Written | Rejected]:
        return iter(())

    def retire(self, entity: str, remote_ids: Sequence[str]) -> Iterator[Written | Rejected]:
        return iter(())


LAST = {"ours": "last_name", "theirs": "lastname"}
FIRST = {"ours": "first_name", "theirs": "firstname"}


def rows_of(answer: HttpResponse) -> list[str]:
    return [form["ours"].value() for form in answer.context["rows"].forms]


def errors_of(answer: HttpResponse) -> list[dict[str, Any]]:
    assert answer.status_code == 422
    return [dict(form.errors) for form in answer.context["rows"].forms]


# ── the rows ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_their_fields_are_the_live_list_with_the_kind_of_each(panel: Panel, outward: Stream) -> None:
    page = panel.post("mapping", outward.pk, **sent({}, do="add")).content.decode()
    assert "Last name (text)" in page
    assert "Loyalty (choice)" in page
    assert "Phone (phone)" in page
    assert "NPS score" not in page, "it cannot be written"


def test_names_can_be_typed_while_the_list_cannot_be_read(panel: Panel, stream: Stream, daktela: Simulator) -> None:
    panel.connection.credentials = {"token": "wrong" * 5}  # type: ignore[assignment]
    panel.connection.save()
    page = panel.text("mapping", stream.pk)
    assert "cannot be read" in page
    assert 'type="text" name="row-0-theirs" value="lastname"' in page


def test_our_fields_are_those_of_an_admin_too(panel: Panel, stream: Stream) -> None:
    CustomFieldFactory(key="customer_number", title="Customer number")
    page = panel.text("mapping", stream.pk)
    assert "Customer number (text)" in page
    assert "Whole name" not in page, "it is computed, so nothing can flow into it"


@pytest.mark.parametrize(
    ("order", "fields"),
    [
        ("add", ["last_name", "first_name", ""]),
        ("down-0", ["first_name", "last_name"]),
        ("up-1", ["first_name", "last_name"]),
        ("up-0", ["last_name", "first_name"]),
        ("remove-0", ["first_name"]),
        ("remove-9", ["last_name", "first_name"]),
        ("nonsense", ["last_name", "first_name"]),
    ],
)
def test_the_small_buttons_change_the_form_and_nothing_else(
    panel: Panel, stream: Stream, order: str, fields: list[str]
) -> None:
    answer = panel.post("mapping", stream.pk, **sent(LAST, FIRST, do=order))
    assert [field or "" for field in rows_of(answer)] == fields
    assert stream.versions.count() == 1


def test_what_was_written_survives_the_small_buttons(panel: Panel, stream: Stream) -> None:
    row = {**LAST, "transform": "prefix", "argument": "  x ", "default": "none", "table": "A = b\nhalf"}
    answer = panel.post("mapping", stream.pk, **sent(row, do="add"))
    form = answer.context["rows"].forms[0]
    assert [form[name].value() for name in ("argument", "default", "table")] == ["  x ", "none", "A = b\nhalf"]


@pytest.mark.parametrize("entity", ["contact", "account"])
@pytest.mark.parametrize("direction", ["inward", "outward"])
def test_the_usual_fields_are_a_start_that_can_be_published(panel: Panel, entity: str, direction: str) -> None:
    stream = Stream.objects.create(connection=panel.connection, entity=entity, direction=direction)
    assert "Use the usual fields" in panel.text("mapping", stream.pk)
    answer = panel.post("mapping", stream.pk, **sent(do="usual"))
    assert "not in the list" not in answer.content.decode()
    forms = answer.context["rows"].forms
    shown = [{name: form[name].value() or "" for name in form.fields} for form in forms]
    answer = panel.post("mapping", stream.pk, **sent(*shown, do="publish"))
    assert answer.url == panel.url("stream", stream.pk)
    assert stream.mappings.count() == len(forms) >= 4


@pytest.mark.parametrize("connector", CONNECTORS)
def test_every_connector_offers_a_start_for_what_it_can_carry(connector: type[Connector]) -> None:
    ways = [("inward", entity) for entity in connector.inward] + [("outward", entity) for entity in connector.outward]
    for direction, entity in ways:
        connection = Connection(connector=connector.slug)
        assert usual.rows(Stream(connection=connection, entity=entity, direction=direction)), (direction, entity)


# ── publishing ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_publishing_makes_a_version_and_has_everything_compared(panel: Panel, stream: Stream) -> None:
    Stream.objects.update(is_full_due=False)
    row = {**FIRST, "mode": "if_empty", "transform": "upper", "table": "A = gold\nB = silver", "default": "x"}
    panel.post("mapping", stream.pk, **sent(row, do="publish"))
    kept = Stream.objects.get()
    assert (kept.version, kept.is_full_due) == (2, True)
    mapping = kept.mappings.get()
    assert (mapping.mode, mapping.transform, mapping.default) == ("if_empty", "upper", "x")
    assert mapping.table == {"A": "gold", "B": "silver"}
    assert kept.versions.first().rows[0]["table"] == mapping.table
    assert kept.versions.first().by.username == "admin"


def test_publishing_the_same_twice_makes_one_version(panel: Panel, stream: Stream) -> None:
    for _ in range(2):
        panel.post("mapping", stream.pk, **sent(FIRST, do="publish"))
    assert stream.versions.count() == 2
    assert "Nothing is different from version 2." in panel.text("stream", stream.pk)


def test_one_can_go_back_to_a_version(panel: Panel, stream: Stream) -> None:
    panel.post("mapping", stream.pk, **sent(FIRST, do="publish"))
    panel.post("mapping_restore", stream.pk, 1)
    assert Stream.objects.get().version == 3
    assert set(stream.mappings.values_list("ours", flat=True)) == {"last_name", "first_name"}


@pytest.mark.parametrize(
    ("row", "field", "text"),
    [
        ({"ours": "", "theirs": "lastname"}, "ours", "Choose one of our fields."),
        ({"ours": "last_name", "theirs": ""}, "theirs", "Choose one of theirs."),
        ({**LAST, "table": "A gold"}, "table", "Line 1 has no “=”: write it like “A = gold”."),
        ({**LAST, "transform": "phone", "argument": "Czechia"}, "argument", "A country has two letters, such as CZ."),
        ({**LAST, "transform": "run"}, "transform", "Select a valid choice. run is not one of the available choices."),
        ({**LAST, "mode": "never"}, "mode", "Select a valid choice. never is not one of the available choices."),
    ],
)  # fmt: skip
def test_a_bad_row_is_told_field_and_remedy(
    panel: Panel, stream: Stream, row: dict[str, Any], field: str, text: str
) -> None:
    assert errors_of(panel.post("mapping", stream.pk, **sent(FIRST, row, do="publish")))[1] == {field: [text]}
    assert stream.versions.count() == 1


def test_a_pair_is_mapped_once(panel: Panel, stream: Stream) -> None:
    errors = errors_of(panel.post("mapping", stream.pk, **sent(LAST, FIRST, LAST, do="publish")))
    assert errors == [{}, {}, {"theirs": ["This pair is mapped in a row above."]}]


def test_no_row_at_all_is_no_mapping(panel: Panel, stream: Stream) -> None:
    answer = panel.post("mapping", stream.pk, **sent(do="publish"))
    assert answer.status_code == 422
    assert "Map at least one field" in answer.content.decode()


@pytest.mark.parametrize("ours", ["team", "owner", "account", "is_vip", "stage"])
def test_nothing_is_added_to_a_field_of_one_value(panel: Panel, stream: Stream, ours: str) -> None:
    row = {"ours": ours, "theirs": "title", "mode": "append"}
    errors = errors_of(panel.post("mapping", stream.pk, **sent(row, do="publish")))
    assert errors[0]["mode"] == ["This field has one value: nothing can be added to it."]


def test_outward_what_needs_their_value_is_offered_where_it_can_be_read(panel: Panel, outward: Stream) -> None:
    panel.post("mapping", outward.pk, **sent({**LAST, "mode": "append"}, do="publish"))
    assert "what stands over there is read just before" in panel.text("mapping", outward.pk)
    assert outward.mappings.get().mode == "append"


def test_outward_what_needs_their_value_is_not_offered_where_it_cannot_be_read(panel: Panel, outward: Stream) -> None:
    register(Blind)
    Connection.objects.update(connector="blind")
    answer = panel.post("mapping", outward.pk, **sent({**LAST, "mode": "append"}, do="publish"))
    assert "mode" in errors_of(answer)[0]
    assert "this system does not let us read what stands there" in answer.content.decode()


# ── suspended rows ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_suspended_row_is_amber_with_its_reason_and_can_be_resumed(panel: Panel, stream: Stream) -> None:
    mapping = stream.mappings.get(ours="last_name")
    FieldMapping.objects.filter(pk=mapping.pk).update(suspended_reason="Daktela has no field lastname any more.")
    assert "Daktela has no field lastname any more." in panel.text("mapping", stream.pk)
    for _ in range(2):
        panel.post("mapping_resume", stream.pk, mapping.pk)
    assert stream.mappings.exclude(suspended_reason="").count() == 0


def test_publishing_leaves_what_is_suspended_suspended(panel: Panel, stream: Stream) -> None:
    FieldMapping.objects.filter(ours="last_name").update(suspended_reason="It is gone.")
    panel.post("mapping", stream.pk, **sent(LAST, {**FIRST, "mode": "if_new"}, do="publish"))
    assert stream.mappings.get(ours="last_name").suspended_reason == "It is gone."


# ── the preview ─────────────────────────────────────────────────────────────────────────────────────────────────


def tried(panel: Panel, stream: Stream, *rows: dict[str, Any], **more: Any) -> Any:
    return panel.post("mapping", stream.pk, **sent(*rows, **({"do": "preview"} | more))).context["preview"]


def test_a_preview_shows_each_row_on_a_record_of_theirs(panel: Panel, stream: Stream) -> None:
    preview = tried(panel, stream, LAST, {**FIRST, "transform": "upper"})
    assert [(line.before, line.after) for line in preview.lines] in (
        [("Nováková", "Nováková"), ("Jana", "JANA")],
        [("Malý", "Malý"), ("Petr", "PETR")],
    )
    assert stream.versions.count() == 1


def test_the_sample_stays_the_same_until_another_is_asked_for(panel: Panel, stream: Stream) -> None:
    first = tried(panel, stream, LAST).sample
    assert tried(panel, stream, LAST, sample=first).sample == first
    assert tried(panel, stream, LAST, sample=first, do="preview-other").sample != first


def test_a_preview_says_what_cannot_be_read(panel: Panel, stream: Stream) -> None:
    rows = [
        {"ours": "email", "theirs": "lastname"},
        {"ours": "is_vip", "theirs": "firstname"},
        {"ours": "", "theirs": ""},
    ]
    email, vip, incomplete = tried(panel, stream, *rows, sample="contact_1").lines
    assert "is no e-mail address" in email.problem
    assert "neither yes nor no" in vip.problem
    assert incomplete is None


def test_a_value_table_and_a_default_show_in_the_preview(panel: Panel, stream: Stream) -> None:
    row = {
        "ours": "alert",
        "theirs": "customFields.loyalty",
        "table": "gold = A customer for gold",
        "default": "nobody",
    }
    assert tried(panel, stream, row, sample="contact_1").lines[0].after == "A customer for gold"
    assert tried(panel, stream, row, sample="contact_2").lines[0].after == "nobody"


def test_outward_the_sample_is_a_record_of_ours(panel: Panel, outward: Stream) -> None:
    contact = ContactFactory(first_name="Jana", last_name="Nováková", numbers=["773 796 040"])
    row = {"ours": "phone.mobile", "theirs": "customFields.number"}
    preview = tried(panel, outward, LAST, {**row, "ours": "phone.other"}, sample=str(contact.pk))
    assert preview.sample == str(contact.pk)
    assert preview.lines[0].after == "Nováková"


def test_without_a_record_there_is_nothing_to_try_it_on(panel: Panel, outward: Stream) -> None:
    assert tried(panel, outward, LAST).problem == "There is no record yet to try it on."


def test_a_preview_without_an_answer_says_so(panel: Panel, stream: Stream, settings: Any) -> None:
    settings.ALLOWED_EGRESS = ["http://127.0.0.1:9"]
    Connection.objects.update(origin="http://127.0.0.1:9")
    assert "cannot be reached" in tried(panel, stream, LAST).problem


@pytest.mark.parametrize("sample", ["'; drop table", "9" * 30, "²", ""])
def test_a_sample_that_is_no_record_is_another_record(panel: Panel, outward: Stream, sample: str) -> None:
    contact = ContactFactory()
    assert tried(panel, outward, LAST, sample=sample).sample == str(contact.pk)


# ── as a file ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_exported_can_be_imported(panel: Panel, stream: Stream) -> None:
    row = {**FIRST, "mode": "if_empty", "transform": "phone", "argument": "CZ", "table": "A = gold", "default": "x"}
    panel.post("mapping", stream.pk, **sent(LAST, row, do="publish"))
    file = panel.get("mapping_file", stream.pk)
    assert 'filename="daktela-contact-inward.yaml"' in file["Content-Disposition"]
    content = yaml.safe_load(file.content)
    assert (content["connector"], content["entity"], content["direction"]) == ("daktela", "contact", "inward")
    before = stream.versions.first().rows
    answer = panel.post("mapping_import", stream.pk, file=SimpleUploadedFile("a.yaml", file.content))
    shown = [{name: form[name].value() or "" for name in form.fields} for form in answer.context["rows"].forms]
    panel.post("mapping", stream.pk, **sent(*shown, do="publish"))
    assert Stream.objects.get().version == 2, "nothing is different"
    assert stream.versions.first().rows == before


def test_an_import_counts_once_it_is_published(panel: Panel, stream: Stream) -> None:
    file = SimpleUploadedFile("a.yaml", b"fields:\n- {ours: alert, theirs: title}\n")
    answer = panel.post("mapping_import", stream.pk, file=file)
    assert rows_of(answer) == ["alert"]
    assert stream.versions.count() == 1


def test_a_bad_file_is_told_and_the_rows_stay(panel: Panel, stream: Stream) -> None:
    answer = panel.post("mapping_import", stream.pk, file=SimpleUploadedFile("a.yaml", b"fields:\n- {ours: x}\n"))
    assert answer.status_code == 422
    assert "Row 1: `theirs` is missing." in answer.content.decode()
    assert rows_of(answer) == ["last_name", "first_name"]


def test_no_file_is_told_too(panel: Panel, stream: Stream) -> None:
    answer = panel.post("mapping_import", stream.pk)
    assert "Choose a file first." in answer.content.decode()
