"""A model's file: what it says, and where it is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from boathouse import config, model_file
from boathouse.config import Project
from boathouse.errors import UserError

CLAIMS = """\
about: Claims that look unlike the others.
kind: scorecard
table: gold.features
key: [claim_id]
categorical: [claim_type, geographic_region]
numerical: [claim_amount]
protected: [geographic_region, patient_gender]
label: is_fraud
model_types: [catboost, xgboost]
"""


def project(folder: Path, **files: str) -> Project:
    made = config.create(folder / "claims", "claims")
    for name, text in files.items():
        (made.root / "models").mkdir(exist_ok=True)
        (made.root / "models" / f"{name}.yml").write_text(text, encoding="utf-8")
    return made


def test_a_file_says_what_a_model_is_trained_on(tmp_path: Path) -> None:
    spec = model_file.load(project(tmp_path, claims_fraud=CLAIMS))
    assert (spec.name, str(spec.source), spec.registry_name) == ("claims_fraud", "gold.features", "claims_fraud")
    assert spec.features == ("claim_type", "geographic_region", "claim_amount")
    assert spec.columns == (
        "claim_id", "claim_type", "geographic_region", "claim_amount", "patient_gender", "is_fraud",
    )  # fmt: skip
    assert spec.scores_table("catboost") == "fraud_scores_catboost"
    assert spec.split.shares == (0.70, 0.15, 0.15)
    assert spec.over(table="gold.other", label="").table == "gold.other"
    assert spec.over(label="").label == "is_fraud"  # what is empty says nothing


def test_one_of_several_has_to_be_named(tmp_path: Path) -> None:
    made = project(tmp_path, claims_fraud=CLAIMS, late_claims=CLAIMS)
    assert model_file.load(made, "late_claims").name == "late_claims"
    with pytest.raises(UserError, match="more than one model; add --model claims_fraud or late_claims"):
        model_file.load(made)
    with pytest.raises(UserError, match="no model `late_claim` in models; did you mean `late_claims`"):
        model_file.load(made, "late_claim")


def test_a_project_without_models_says_how_to_have_one(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"claims has no models/\*\.yml; write one: kind, table, key and columns"):
        model_file.load(project(tmp_path))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "kind: scorecard",
            "kind: scorecart",
            r"yml:2:1: there is no model kind `scorecart`; did you mean `scorecard`",
        ),
        ("table: gold.features", "table: features", r"yml:3:1: `features` is no table name; write layer.table"),
        ("key: [claim_id]", "keys: [claim_id]", r"yml:4:1: unknown key `keys`; did you mean `key`"),
        ("key: [claim_id]", "key: []", r"yml:4:1: `key`: "),
        ("numerical: [claim_amount]", "numerical: [age, claim_type]", r"yml:6:18: `claim_type` is categorical already"),
        ("label: is_fraud", "label: claim_amount", r"yml:6:13: `claim_amount` is label already"),
        (
            "label: is_fraud",
            "threshold_percentile: 100",
            r"yml:8:1: `threshold_percentile`: Input should be less than 100",
        ),
        (
            "label: is_fraud",
            "split: {train: 0.5, validation: 0.1, test: 0.1}",
            r"yml:8:1: train, validation, test make 0\.7, and not 1",
        ),
        (
            "kind: scorecard",
            "name: other\nkind: scorecard",
            r"yml:2:1: `name` is other, and the file is claims_fraud\.yml",
        ),
    ],
)
def test_a_mistake_is_shown_where_it_stands(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        model_file.load(project(tmp_path, claims_fraud=CLAIMS.replace(old, new)))


def test_a_model_without_columns_is_refused(tmp_path: Path) -> None:
    text = "\n".join(line for line in CLAIMS.splitlines() if "ical:" not in line)
    with pytest.raises(UserError, match="a model wants columns"):
        model_file.load(project(tmp_path, claims_fraud=text))


def test_a_file_of_another_ending_is_no_model(tmp_path: Path) -> None:
    made = project(tmp_path, claims_fraud=CLAIMS)
    (made.root / "models" / "late.yaml").write_text(CLAIMS, encoding="utf-8")
    with pytest.raises(UserError, match=r"models/late\.yaml is no model's file; call it late\.yml"):
        model_file.files(made)
