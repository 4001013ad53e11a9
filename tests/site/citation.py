"""CITATION.cff is valid by its schema; here, since the validator wants an older jsonschema."""

from pathlib import Path

from cffconvert.cli.create_citation import create_citation


def test_the_citation_is_valid_by_its_schema():
    create_citation(Path(__file__).parents[2] / "CITATION.cff", None).validate()  # raises if not
