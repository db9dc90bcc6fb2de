"""The components of the pages say what they are to those who see them and to those who hear them."""

import pytest


def test_a_text_field_has_a_static_label_that_points_to_it(macro, contacts_form):
    found = macro("{{ ui.text(form.email, 'Per la risposta.') }}", form=contacts_form())
    assert found.one("label").attrs["for"] == found.one("input").attrs["id"]
    assert found.one("input").attrs["aria-describedby"] == "email-h"
    assert found.one("p", id="email-h").text == "Per la risposta."
    assert "aria-invalid" not in found.one("input").attrs


def test_a_field_without_hint_and_error_is_described_by_nothing(macro, contacts_form):
    found = macro("{{ ui.text(form.email) }}", form=contacts_form())
    assert "aria-describedby" not in found.one("input").attrs


def test_a_wrong_field_names_its_error_and_keeps_the_wrong_value(macro, contacts_form):
    form = contacts_form(data={"email": "giulia@"})
    form.email.errors = ["Scrivi l’indirizzo"]
    found = macro("{{ ui.text(form.email, 'Per la risposta.', type='email') }}", form=form)
    field = found.one("input")
    assert field.attrs["aria-invalid"] == "true"
    assert field.attrs["aria-describedby"] == "email-h email-e"
    assert (field.attrs["value"], field.attrs["type"]) == ("giulia@", "email")
    assert found.one("p", id="email-e").text == "Errore: Scrivi l’indirizzo"


def test_the_error_stands_between_label_and_control(macro, contacts_form):
    form = contacts_form()
    form.email.errors = ["Scrivi l’indirizzo"]
    order = [one.tag for one in macro("{{ ui.text(form.email, 'Per la risposta.') }}", form=form).walk()]
    assert order.index("label") < order.index("p") < order.index("input")


def test_what_a_person_typed_is_never_markup(macro, contacts_form):
    form = contacts_form(data={"email": '"><script>alert(1)</script>'})
    found = macro("{{ ui.text(form.email) }}", form=form)
    assert found.all("script") == []
    assert found.one("input").attrs["value"] == '"><script>alert(1)</script>'


def test_optional_is_said_in_words_and_never_with_an_asterisk(macro, contacts_form):
    found = macro("{{ ui.text(form.phone, optional=true) }}", form=contacts_form())
    assert found.one("label").text == "Telefono (facoltativo)"
    assert "*" not in found.text


def test_an_area_keeps_its_words_and_lets_the_server_count_them(macro, question_form):
    found = macro("{{ ui.area(form.body, rows=4) }}", form=question_form(data={"body": "C’è una buca."}))
    area = found.one("textarea")
    assert area.text == "C’è una buca."
    assert "maxlength" not in area.attrs


def test_radios_are_a_group_with_a_legend_and_one_label_each(macro, contacts_form):
    found = macro("{{ ui.radios(form.reply_by) }}", form=contacts_form(data={"reply_by": "pec"}))
    assert found.one("fieldset").one("legend").text == "Come vuoi ricevere la risposta?"
    radios = found.all("input", type="radio")
    assert [label.attrs["for"] for label in found.all("label")] == [one.attrs["id"] for one in radios]
    assert [one.attrs["value"] for one in radios if "checked" in one.attrs] == ["pec"]


def test_a_radio_with_an_example_is_described_by_it(macro, question_form):
    found = macro("{{ ui.radios(form.topic, examples={'strade': 'Buche'}) }}", form=question_form())
    first = found.all("input", type="radio")[0]
    assert found.one("p", id=first.attrs["aria-describedby"]).text == "Buche"


def test_the_fields_of_a_topic_stand_inside_its_choice(macro, question_form, contacts_form):
    own = {"strade": [contacts_form().phone]}
    found = macro("{{ ui.radios(form.topic, own=own) }}", form=question_form(), own=own)
    choices = found.all("div", class_="urp-choice")
    assert [bool(choice.all("input", name="phone")) for choice in choices] == [True] + 4 * [False]


def test_one_tick_box_carries_its_own_error(macro, contacts_form):
    form = contacts_form()
    form.privacy.errors = ["Conferma"]
    box = macro("{{ ui.checks(form.privacy) }}", form=form).one("input")
    assert (box.attrs["type"], box.attrs["aria-describedby"]) == ("checkbox", "privacy-e")


def test_the_error_summary_links_each_wrong_field_and_the_first_radio(macro, contacts_form):
    form = contacts_form()
    form.email.errors, form.reply_by.errors = ["Scrivi l’indirizzo"], ["Scegli"]
    found = macro("{{ ui.errors(none, form) }}", form=form)
    links = [(link.attrs["href"], link.text) for link in found.all("a")]
    assert links == [("#email", "Scrivi l’indirizzo"), ("#reply_by-0", "Scegli")]
    assert found.one("div").attrs["role"] == "alert"
    assert "autofocus" in found.one("div").attrs


def test_every_link_of_the_summary_finds_its_field(macro, contacts_form):
    form = contacts_form()
    for field in form:
        field.errors = ["sbagliato"]
    source = "{{ ui.errors(none, form) }}{% for field in form %}{{ ui.draw(field) }}{% endfor %}"
    found = macro(source, form=form)
    for link in found.all("a"):
        assert found.one(id=link.attrs["href"].removeprefix("#")).tag == "input"


def test_no_error_means_no_summary(macro, contacts_form):
    assert macro("{{ ui.errors(none, form) }}", form=contacts_form()).text == ""


def test_the_words_given_to_the_summary_win_over_the_form(macro, contacts_form):
    given = [{"text": "Scrivi il nome", "href": "#given_name"}]
    assert macro("{{ ui.errors(given, form) }}", form=contacts_form(), given=given).one("a").text == "Scrivi il nome"


def test_uploaded_files_are_listed_with_a_button_that_names_the_file(macro, question_form):
    files = [{"id": 7, "filename": "buca.jpg", "size": 1_240_000}]
    found = macro("{{ ui.files(form.attachments, files) }}", form=question_form(), files=files)
    remove = found.one("button", value="remove-7")
    assert remove.text == "Togli buca.jpg"
    assert "(1,2 MB)" in found.one("li").text
    assert found.one("button", value="upload").attrs["name"] == "action"


@pytest.mark.parametrize("current", [1, 2, 3])
def test_the_steps_say_which_one_is_current(macro, current):
    found = macro("{{ ui.question_steps(current) }}", current=current)
    assert [item.text.lstrip("✓123 ") for item in found.all("li", aria_current="step")] == [
        ("La tua domanda", "I tuoi recapiti", "Controlla e invia")[current - 1]
    ]
    assert len([item for item in found.all("li") if "(completato)" in item.text]) == current - 1


def test_an_empty_answer_reads_not_given(macro):
    rows = [{"label": "Telefono", "value": "", "href": "/", "hidden": "il telefono"}]
    found = macro("{{ ui.summary_list(rows) }}", rows=rows)
    assert found.all("dd")[0].text == "Non indicato"
    assert found.one("a").text == "Modifica il telefono"


@pytest.mark.parametrize(("open_now", "style"), [(True, "is-open"), (False, "is-closed")])
def test_the_state_of_the_phone_is_words_and_not_only_a_colour(macro, open_now, style):
    found = macro("{{ ui.status_pill(status) }}", status={"open": open_now, "text": "In pausa: riapre alle 14.00"})
    assert found.text == "In pausa: riapre alle 14.00"
    assert style in found.one("p").attrs["class"]


def test_five_stars_go_from_one_to_five_each_with_its_words(macro):
    found = macro("{{ ui.rating('/valuta', 'Quanto è stato facile usare questo servizio?') }}")
    stars = found.all("input", name="stars")
    assert [star.attrs["value"] for star in stars] == ["1", "2", "3", "4", "5"]
    assert found.one("label", for_="voto-4").text == "★ 4 su 5"
