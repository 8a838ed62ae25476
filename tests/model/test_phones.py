"""One form for a telephone number, however it is written."""

import pytest

from qantara.model.phones import phone


@pytest.mark.parametrize(
    ("written", "country", "number"),
    [
        ("+966 (0)11 400-0000", "", "966114000000"),
        ("00966114000000", "FR", "966114000000"),
        ("011 400 0000", "SA", "966114000000"),
        ("966114000000", "SA", "966114000000"),
        ("٠١١٤٠٠٠٠٠٠", "SA", "966114000000"),
        ("+1 (212) 555-0100 ext. 12", "US", "12125550100"),
        ("212 555 0100", "US", "12125550100"),
        ("06 12345678", "IT", "390612345678"),
        ("0114000000", "", "0114000000"),
        ("12 34", "SA", ""),
        ("call me", "SA", ""),
        ("", "SA", ""),
    ],
)
def test_a_number_is_told_by_its_digits_and_its_country(written: str, country: str, number: str):
    assert phone(written, country) == number


def test_a_national_number_without_a_country_is_not_guessed_to_be_anybodys():
    assert phone("011 400 0000") != phone("+966 11 400 0000")
