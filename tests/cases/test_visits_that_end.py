"""When the half hour of a visit is over, nothing typed is lost and the way back is told."""

from datetime import timedelta

import pytest
import time_machine
from flask.testing import FlaskClient

from tests.factories.citizens import Citizen, hidden
from urp.foundation.clock import now


def test_a_message_typed_too_slowly_waits_for_its_author(client: FlaskClient) -> None:
    giulia = Citizen(client)
    code = giulia.send_question()
    page = client.get(f"/r/{code}").text
    words = {name: hidden(page, name) for name in ("csrf_token", "idempotency_key")}

    with time_machine.travel(now() + timedelta(hours=2), tick=False):
        late = client.post(f"/r/{code}/messaggi", data={**words, "body": "La buca si è allargata."})
        asked = client.get(late.location).text
        with client.session_transaction() as session:
            session["cases"] = {code: int((now() + timedelta(minutes=30)).timestamp())}
        found_again = client.get(f"/r/{code}").text

    assert late.status_code == 303
    assert code in asked
    assert "Quello che hai scritto è salvo" in asked
    assert "La buca si è allargata." in found_again


def test_who_only_looks_is_told_why_a_link_is_needed(client: FlaskClient) -> None:
    answer = client.get("/r/URP-AAA-AAA")

    assert answer.status_code == 303
    assert "si apre con un link" in client.get(answer.location).text


@pytest.mark.parametrize("path", ["/l/" + "x" * 43, "/richieste/nuova/riprendi/" + "x" * 43])
def test_a_one_button_page_left_open_too_long_comes_back_with_its_button(client: FlaskClient, path: str) -> None:
    answer = client.post(path, data={"csrf_token": "expired"})

    assert answer.status_code == 400
    assert "Premi di nuovo il pulsante" in answer.text
    assert 'type="submit"' in answer.text


def test_a_withdrawal_left_open_too_long_asks_again(client: FlaskClient) -> None:
    code = Citizen(client).send_question()

    answer = client.post(f"/r/{code}/ritira", data={"csrf_token": "expired"})

    assert answer.status_code == 400
    assert "Premi di nuovo il pulsante" in answer.text
    assert "Ritirata" not in client.get(f"/r/{code}").text
