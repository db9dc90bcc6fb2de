"""What is started for which settings."""

from pathlib import Path

import pytest

from urp.config import Settings, load_settings
from urp.embedded import services

MAIL = {
    "URP_PEO_SMTP": "smtps://u:p@mail.example",
    "URP_PEC_SMTP": "smtps://u:p@mail.example",
    "URP_PEO_IMAP": "imaps://u:p@mail.example",
    "URP_PEC_IMAP": "imaps://u:p@mail.example",
}


def test_what_a_setting_names_is_not_started(tmp_path) -> None:
    with services.stand_ins(load_settings({"URP_REDIS_URL": "redis://r.example", **MAIL}), tmp_path) as made:
        assert made.services == ()
        assert made.settings == {}


@pytest.mark.parametrize("missing", sorted(MAIL))
def test_only_what_is_missing_is_handed_over(tmp_path, missing) -> None:
    rest = {name: value for name, value in MAIL.items() if name != missing}
    with services.stand_ins(load_settings({"URP_REDIS_URL": "redis://r.example", **rest}), tmp_path) as made:
        trust = ["URP_PEC_CA_FILE", "URP_PEC_PROVIDERS"] if missing == "URP_PEC_IMAP" else []
        assert list(made.settings) == [missing, *trust]
        assert [service.name for service in made.services] == ["post office"]


def test_what_is_handed_over_are_settings_the_program_accepts(tmp_path) -> None:
    with services.stand_ins(office(tmp_path, ""), tmp_path) as made:
        accepted = load_settings(made.settings)
    assert accepted.pec_smtp is not None
    assert accepted.pec_smtp.user == "urp@pec.posta.example"
    assert accepted.redis is not None


def test_the_provider_of_the_trial_is_trusted_while_it_runs_unless_a_setting_names_another(tmp_path) -> None:
    with services.stand_ins(office(tmp_path, ""), tmp_path) as made:
        accepted = load_settings(made.settings)
        assert accepted.pec_ca_file == tmp_path / "pec-authority.pem"
        assert accepted.pec_providers == ("gestore-pec.example",)
    assert not (tmp_path / "pec-authority.pem").exists()
    (tmp_path / "real.pem").touch()
    for named in ({"URP_PEC_CA_FILE": str(tmp_path / "real.pem")}, {"URP_PEC_PROVIDERS": "gestore.example"}):
        with services.stand_ins(office(tmp_path, "", **named), tmp_path) as made:
            assert not {"URP_PEC_CA_FILE", "URP_PEC_PROVIDERS"} & set(made.settings)


def test_passwords_are_in_no_command_line(tmp_path) -> None:
    with services.stand_ins(office(tmp_path, ""), tmp_path) as made:
        password = load_settings(made.settings).peo_smtp.password.get_secret_value()
        assert len(password) >= 20
        assert all(password not in word for service in made.services for word in service.command)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            '[institution]\nemail = "a@x.example"\npec = "b@x.example"\n',
            {"peo": "a@x.example", "pec": "b@x.example"},
        ),
        ('[institution]\nemail = "a@x.example"\n', {"peo": "a@x.example", "pec": "urp@pec.posta.example"}),
        ("institution = 3\n", {"peo": "urp@posta.example", "pec": "urp@pec.posta.example"}),
        ("not toml at all", {"peo": "urp@posta.example", "pec": "urp@pec.posta.example"}),
    ],
)
def test_our_addresses_come_from_the_office_file(tmp_path, text, expected) -> None:
    assert services.own_addresses(office(tmp_path, text)) == expected


def test_the_settings_win_over_the_office_file(tmp_path) -> None:
    settings = office(tmp_path, '[institution]\npec = "b@x.example"\n', URP_PEC_ADDRESS="c@x.example")
    assert services.own_addresses(settings)["pec"] == "c@x.example"


def office(folder: Path, text: str, **more: str) -> Settings:
    (folder / "office.toml").write_text(text)
    return load_settings({"URP_OFFICE_FILE": str(folder / "office.toml"), **more})
