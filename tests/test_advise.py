from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from boathouse.advise import Advice, accept, advise, decide, tables_of
from boathouse.errors import UnknownName
from boathouse.layout import routes
from boathouse.measures import totals
from boathouse.names import TableName
from boathouse.probe import ColumnProfile, DatasetFindings, Finding, MultiFindings, Relationship
from boathouse.recommendation import ADVICE, PHASES
from boathouse.schema import Schema

Steps = list[dict[str, Any]]


def column(name: str, kind: str = "categorical_nominal", holds: str = "string", **metrics: Any) -> ColumnProfile:
    counts = {"value_counts": dict.fromkeys(metrics.pop("values", ["a", "b"]), 50)}
    return ColumnProfile(
        name, "string", holds, kind, 0.9, ("by hand",),  # type: ignore[arg-type]
        {"total_count": 100, "distinct_count": 80 if kind == "identifier" else metrics.pop("distinct", 2), "null_count": 0},
        {"skewness": 0.0, "min_value": 0.0, "max_value": 500.0, **counts, **metrics},
    )  # fmt: skip


def found(probe: str, name: str | None, **numbers: Any) -> Finding:
    return Finding("customers", name, probe, f"{probe} says so", numbers, numbers.pop("severity", "info"))


def holds(name: str, kind: str, unparsed: int = 0) -> Finding:
    return found("column_type", name, holds=kind, unparsed=unparsed)


KEY = found("keys", "id", columns=["id"], unique=True, duplicate_rows=0, null_count=0)


def table(*columns: ColumnProfile, findings: tuple[Finding, ...] = (), **more: Any) -> DatasetFindings:
    given = {"name": "customers", "granularity": "entity_level", "entity_column": "id", **more}
    columns = (column("id", "identifier"), *columns)
    schema = Schema.from_types({each.name: each.type for each in columns})
    return DatasetFindings(
        source={"format": "csv", "path": "raw.csv"},
        schema=schema,
        row_count=100,
        columns=columns,
        findings=(KEY, *findings),
        **given,
    )


def steps(data: DatasetFindings, name: str = "silver.customers") -> Steps:
    findings = MultiFindings((data,))
    draft = tables_of(accept(advise(findings), ["all"]), findings).get(TableName.parse(name))
    return [dict(item.step) for item in draft.steps] if draft else []


def test_every_rule_has_its_phase_and_says_what_it_does() -> None:
    for name in ADVICE.names():
        assert ADVICE.module(name).PHASE in PHASES
        assert ADVICE.summary(name).endswith(".")


def test_placeholders_go_before_types_and_types_before_what_is_learnt() -> None:
    age = column("age", "numeric_continuous", "bigint", outlier_percentage=1.0)
    data = table(age, findings=(
        holds("age", "bigint"),
        found("placeholders", "age", values={"?": 6}, count=6, risk="low", numeric=False),
        found("nulls", "age", null_count=6),
    ))  # fmt: skip
    assert steps(data) == [
        {"step": "null_if", "columns": ["age"], "values": ["?"]},
        {"step": "cast", "columns": {"age": "bigint"}},
        {"step": "flag_nulls", "columns": ["age"]},
        {"step": "fill_nulls", "column": "age", "using": "median"},
    ]


def test_a_word_that_may_be_a_category_is_left_alone() -> None:
    data = table(
        column("plan"),
        findings=(found("placeholders", "plan", values={"none": 60}, count=60, risk="high", numeric=False),),
    )
    assert steps(data) == []


def test_a_sentinel_is_compared_as_a_number_and_its_column_is_not_capped() -> None:
    data = table(column("limit", "numeric_continuous", "bigint"), findings=(
        holds("limit", "bigint"),
        found("placeholders", "limit", values={"-1000000": 1}, count=1, risk="medium", numeric=True),
        found("outliers", "limit", iqr_percentage=1.0, lower=-10.0, upper=10.0, min_value=-1e6, max_value=10.0),
    ))  # fmt: skip
    assert steps(data)[:2] == [
        {"step": "cast", "columns": {"limit": "bigint"}},
        {"step": "null_if", "columns": ["limit"], "values": [-1000000]},
    ]
    assert "cap_outliers" not in [step["step"] for step in steps(data)]


@pytest.mark.parametrize(("highest", "capped"), [(64.0, False), (500.0, True)])
def test_only_what_is_far_out_is_capped(highest: float, capped: bool) -> None:
    outliers = found("outliers", "age", iqr_percentage=0.4, lower=14.0, upper=62.0, min_value=19.0, max_value=highest)
    data = table(column("age", "numeric_continuous", "bigint"), findings=(holds("age", "bigint"), outliers))
    assert ({"step": "cap_outliers", "column": "age", "k": 3.0} in steps(data)) is capped


def test_a_code_is_neither_filled_nor_capped_nor_scaled() -> None:
    zip_code = column("ZIP", "numeric_continuous", "bigint", skewness=0.5)
    outliers = found("outliers", "ZIP", iqr_percentage=0.4, lower=1.0, upper=5.0, min_value=1.0, max_value=500.0)
    data = table(zip_code, findings=(holds("ZIP", "bigint"), found("nulls", "ZIP", null_count=3), outliers))
    assert steps(data) == [{"step": "cast", "columns": {"ZIP": "bigint"}}]
    assert steps(data, "gold.customers_features") == []


def test_events_are_neither_filled_nor_capped() -> None:
    amount = column("amount", "numeric_continuous", "double")
    outliers = found("outliers", "amount", iqr_percentage=0.4, lower=1.0, upper=5.0, min_value=1.0, max_value=500.0)
    data = table(
        amount,
        granularity="event_level",
        findings=(holds("amount", "double"), found("nulls", "amount", null_count=3), outliers),
    )
    assert steps(data) == [{"step": "cast", "columns": {"amount": "double"}}]


def test_what_does_not_parse_is_a_step_of_its_own_with_its_own_risk() -> None:
    data = table(
        column("age", "numeric_continuous", "bigint"), column("size", "numeric_continuous", "double"),
        findings=(holds("age", "bigint"), holds("size", "double", unparsed=3)),
    )  # fmt: skip
    casts = [item for item in advise(MultiFindings((data,))).recommendations if item.step["step"] == "cast"]
    assert [(item.step["columns"], item.risk) for item in casts] == [
        ({"size": "double"}, "3 values that are no double become NULL"),
        ({"age": "bigint"}, "a value of tomorrow that does not parse becomes NULL"),
    ]


def test_a_code_among_numbers_keeps_the_column_text() -> None:
    codes = found("column_type", "InvoiceNo", holds="bigint", unparsed=4350, samples=["C548460", "C538341"])
    broken = found("column_type", "size", holds="bigint", unparsed=2, samples=["12 cm", "C538341"])
    data = table(column("InvoiceNo", holds="bigint"), column("size", holds="bigint"), findings=(codes, broken))
    assert steps(data) == [
        {"step": "cast", "columns": {"size": "bigint"}}, {"step": "fill_nulls", "column": "size", "using": "mode"},
    ]  # fmt: skip


def test_the_target_is_cast_and_nothing_else() -> None:
    data = table(column("churn", "target", "boolean"), target="churn", findings=(
        holds("churn", "boolean"), found("booleans_in_text", "churn", true_values=["Yes"], false_values=["No"]),
        found("nulls", "churn", null_count=10), found("leakage", "churn", severity="critical"),
    ))  # fmt: skip
    assert steps(data) == [{"step": "cast", "columns": {"churn": "boolean"}}]
    assert steps(data, "gold.customers_features") == []


def test_categories_are_listed_as_the_steps_before_leave_them() -> None:
    groups = [{"value": "Basic", "variants": {"Basic": 5, "basic ": 2}}]
    data = table(column("plan", values=["Basic", "basic ", "Pro", "?"]), findings=(
        found("text_variants", "plan", groups=groups, padded=2),
        found("placeholders", "plan", values={"?": 9}, count=9, risk="low", numeric=False),
    ))  # fmt: skip
    encode = steps(data, "gold.customers_features")[-1]
    assert encode == {
        "step": "encode",
        "column": "plan",
        "method": "one_hot",
        "categories": ["basic", "missing", "pro"],
    }


def test_personal_data_and_what_tells_the_target_are_no_features() -> None:
    data = table(column("email", "text"), column("sent"), column("churn", "target"), target="churn", findings=(
        found("pii", "email"), found("leakage", "sent", severity="critical"),
    ))  # fmt: skip
    assert steps(data, "gold.customers_features") == [
        {"step": "drop_columns", "columns": ["sent"]},
        {"step": "drop_columns", "columns": ["email"]},
    ]


def test_a_key_with_gaps_and_doubles_is_repaired_and_then_promised() -> None:
    findings = MultiFindings((
        table(findings=(found("keys", "id", columns=["id"], unique=False, duplicate_rows=2, null_count=1),), name="customers"),
    ))  # fmt: skip
    data = findings.datasets[0]
    findings = MultiFindings((DatasetFindings(**{**vars(data), "findings": data.findings[1:]}),))
    draft = tables_of(accept(advise(findings), ["all"]), findings)[TableName("silver", "customers")]
    assert [dict(item.step) for item in draft.steps] == [
        {"step": "filter_rows", "where": "id IS NOT NULL"},
        {"step": "dedupe", "key": ["id"], "keep": "first"},
    ]
    assert draft.key == ("id",)


def shop() -> MultiFindings:
    """Customers, their orders, and what was paid for each order."""
    orders = table(
        column("customer", "identifier"), column("ordered", "datetime"), findings=(), name="orders", granularity="event_level", entity_column="customer",
    )  # fmt: skip
    paid = Finding("payments", "amount", "column_type", "", {"holds": "double", "unparsed": 0})
    payments = table(
        column("order_id", "identifier"), column("amount", "numeric_continuous", "double"), findings=(paid,), name="payments",
        granularity="event_level", entity_column="order_id",
    )  # fmt: skip
    links = (
        Relationship("payments", "order_id", "orders", "id", "many_to_one", 1.0),
        Relationship("orders", "customer", "customers", "id", "many_to_one", 1.0),
    )
    return MultiFindings((table(), orders, payments), links, None, ("orders", "payments"))


def test_children_are_summed_up_by_the_entity_also_through_a_table_between() -> None:
    drafts = tables_of(accept(advise(shop()), ["all"]), shop())
    assert [str(name) for name in drafts if name.layer == "gold"] == [
        "gold.orders_by_customer", "gold.payments_by_customer", "gold.customers_features",
    ]  # fmt: skip
    assert [dict(item.step) for item in drafts[TableName("gold", "payments_by_customer")].steps] == [
        {
            "step": "join", "with": "silver.orders", "on": {"order_id": "id"}, "how": "left", "relation": "many_to_one",
            "columns": ["customer"], "prefix": "orders_",
        },
        {"step": "aggregate", "by": ["orders_customer"], "count": "count", "columns": {"amount": ["sum", "mean"]}},
    ]  # fmt: skip
    features = drafts[TableName("gold", "customers_features")]
    joins = [item.step for item in features.steps if item.step["step"] == "join"]
    assert [(step["with"], step["on"], step["how"], step["relation"]) for step in joins] == [
        ("gold.orders_by_customer", {"id": "customer"}, "left", "many_to_one"),
        ("gold.payments_by_customer", {"id": "orders_customer"}, "left", "many_to_one"),
    ]
    assert features.schema["payments_amount_sum"].type == "double"
    assert features.key == ("id",)


@pytest.mark.parametrize(
    ("name", "holds", "metrics", "functions"),
    [
        ("amount", "decimal(18,2)", {}, ("sum", "mean")),
        ("amount_paid", "bigint", {}, ("sum", "mean")),
        ("quantity", "bigint", {"min_value": 1.0}, ("sum", "mean")),
        ("UnitPrice", "double", {}, ("mean",)),  # a sum of prices is no money
        ("LAT", "double", {}, ()),
        ("REASON", "bigint", {"min_value": 10509002.0}, ()),  # SNOMED's codes begin far from nothing
        ("DEPARTMENTID", "bigint", {"min_value": 1.0}, ()),
        ("DIAGNOSISREF1", "bigint", {"min_value": 1.0}, ()),
        ("line", "bigint", {"distinct": 100}, ()),  # no number is there twice: it names its row
        ("units", "bigint", {"distinct": 1}, ()),
    ],
)
def test_only_measures_are_summed_up(
    name: str, holds: str, metrics: dict[str, Any], functions: tuple[str, ...]
) -> None:
    assert totals(column(name, "numeric_continuous", holds, **metrics)) == functions


def referring(**metrics: Any) -> MultiFindings:
    """Customers and visits, where each visit names its customer twice."""
    profiles = [
        replace(column(name, "identifier"), universal_metrics={"total_count": 100, "null_count": nulls, **metrics})
        for name, nulls in (("customer", 0), ("insured", 12))
    ]
    visits = table(*profiles, name="visits", granularity="event_level", entity_column="customer")
    links = [Relationship("visits", each.name, "customers", "id", "many_to_one", 1.0) for each in profiles]
    return MultiFindings((table(), visits), tuple(links), None, ("visits",))


@pytest.mark.parametrize(
    ("metrics", "by"),
    [
        ({"distinct_count": 80}, ["customer", "insured"]),
        ({"distinct_count": 80, "most_common_value": "c7", "most_common_frequency": 9}, ["customer"]),
        ({"distinct_count": 19}, []),
    ],
)
def test_rows_are_summed_up_by_each_entity_that_they_name_and_not_where_few_have_any(
    metrics: dict[str, Any], by: list[str]
) -> None:
    assert [route.by for route in routes(referring(**metrics))] == by


@pytest.mark.parametrize(
    ("kind", "metrics", "method"),
    [
        ("numeric_continuous", {"outlier_percentage": 1.0}, "standard"),
        ("numeric_continuous", {"outlier_percentage": 9.0, "q1": 1.0, "q3": 2.0}, "robust"),
        ("numeric_continuous", {"outlier_percentage": 20.2, "q1": 0.0, "q3": 0.0}, "standard"),
        ("numeric_discrete", {"max_value": 2000.0}, "standard"),
        ("numeric_discrete", {"max_value": 23.0}, None),
        ("numeric_continuous", {"max_value": 0.7}, None),
    ],
)
def test_what_reaches_far_is_scaled_by_what_can_divide_it(
    kind: str, metrics: dict[str, Any], method: str | None
) -> None:
    data = table(column("limit", kind, "bigint", **metrics), findings=(holds("limit", "bigint"),))
    scaled = [step["method"] for step in steps(data, "gold.customers_features") if step["step"] == "scale"]
    assert scaled == ([method] if method else [])


def test_what_an_entity_refers_to_is_looked_up_without_its_names_and_keys() -> None:
    plans = table(
        column("price", "numeric_continuous", "double"), column("contact", "text"), name="plans",
        findings=(Finding("plans", "price", "column_type", "", {"holds": "double", "unparsed": 0}),),
    )  # fmt: skip
    link = Relationship("customers", "plan", "plans", "id", "many_to_one", 1.0)
    findings = MultiFindings(
        (table(column("plan", "identifier"), column("churn", "target"), target="churn"), plans), (link,)
    )
    features = tables_of(accept(advise(findings), ["all"]), findings)[TableName("gold", "customers_features")]
    assert [dict(item.step) for item in features.steps] == [
        {
            "step": "join", "with": "silver.plans", "on": {"plan": "id"}, "columns": ["price"], "prefix": "plans_",
            "how": "left", "relation": "many_to_one",
        },
        {"step": "drop_columns", "columns": ["plan"]},
        {"step": "scale", "column": "plans_price", "method": "standard"},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("formats", "kind", "step"),
    [
        (
            ["M/d/yy", "d.M.yyyy"],
            "date",
            {"step": "parse_dates", "column": "at", "formats": ["M/d/yy", "d.M.yyyy"], "to": "date"},
        ),
        (["yyyy-MM-dd'T'HH:mm:ssXXX"], "timestamp", {"step": "cast", "columns": {"at": "timestamp"}}),
    ],
)
def test_dates_are_parsed_by_their_patterns_and_instants_are_cast(
    formats: list[str], kind: str, step: dict[str, Any]
) -> None:
    dates = found(
        "dates_in_text",
        "at",
        formats=dict.fromkeys(formats, 5),
        type=kind,
        unparsed=0,
        ambiguous=False,
        two_digit_years=False,
    )
    assert steps(table(column("at", "datetime", kind), findings=(holds("at", kind), dates))) == [step]


def test_instants_are_cast_in_one_step() -> None:
    given: dict[str, Any] = {"type": "timestamp", "unparsed": 0, "ambiguous": False, "two_digit_years": False}
    formats = {"yyyy-MM-dd'T'HH:mm:ssXXX": 5}
    findings = [found("dates_in_text", name, formats=formats, **given) for name in ("start", "stop")]
    data = table(
        column("start", "datetime", "timestamp"), column("stop", "datetime", "timestamp"), findings=(*findings,)
    )
    assert steps(data) == [{"step": "cast", "columns": {"start": "timestamp", "stop": "timestamp"}}]


def test_money_becomes_a_decimal() -> None:
    data = table(
        column("income", "text"), findings=(found("numbers_in_text", "income", forms={"money": 99}, count=99),)
    )
    assert steps(data) == [{
        "step": "derive", "column": "income", "type": "decimal(18,2)",
        "expression": "try_cast(regexp_replace(replace(income, '(', '-'), '[^-+0-9.]', '') AS decimal(18,2))",
    }]  # fmt: skip


def test_keys_that_hold_different_types_stay_text_on_both_sides() -> None:
    orders = table(
        column("customer", "identifier", "string"), name="orders", granularity="event_level", entity_column="customer"
    )
    customers = table(findings=(holds("id", "bigint"),))
    customers = DatasetFindings(**{**vars(customers), "columns": (column("id", "identifier", "bigint"),)})
    link = Relationship("orders", "customer", "customers", "id", "many_to_one", 1.0)
    assert "cast" not in [
        item.step["step"] for item in advise(MultiFindings((customers, orders), (link,))).recommendations
    ]


def test_a_step_that_loses_its_ground_is_left_out_and_says_why() -> None:
    age = column("age", "numeric_continuous", "bigint")
    findings = MultiFindings((table(age, findings=(holds("age", "bigint"), found("nulls", "age", null_count=2))),))
    advice = advise(findings)
    cast = next(item.id for item in advice.recommendations if item.step["step"] == "cast")
    draft = tables_of(accept(advice, ["all"], reject=[cast]), findings)[TableName("silver", "customers")]
    assert draft.steps == ()
    assert draft.left_out[0].reason == "`age` is string, and only numbers have a median; try `using: mode`"


def test_numbers_follow_the_order_of_the_tables() -> None:
    items = advise(shop()).recommendations
    assert [item.id for item in items[:2]] == ["R-001", "R-002"]
    assert len({item.id for item in items}) == len(items)
    assert all(item.because and item.risk for item in items)


def test_nothing_is_accepted_until_a_person_does_and_all_spares_what_was_rejected() -> None:
    advice = advise(shop())
    assert {item.accepted for item in advice.recommendations} == {None}
    again = accept(accept(advice, [], reject=["R-002"]), ["all"])
    assert [item.accepted for item in again.recommendations[:3]] == [True, False, True]


def test_an_unknown_recommendation_is_an_error_with_the_nearest_one() -> None:
    with pytest.raises(UnknownName, match="there is no recommendation `R-01`"):
        accept(advise(shop()), ["R-01"])


def test_what_a_person_decided_is_kept_by_content_and_not_by_number() -> None:
    first = accept(advise(shop()), ["R-003"], reject=["R-001"])
    shorter = Advice(first.recommendations[1:])
    again = decide(advise(shop()), shorter)
    assert [item.accepted for item in again.recommendations[:3]] == [None, None, True]


def test_a_step_that_a_person_wrote_keeps_its_place() -> None:
    advice = advise(shop())
    own = accept(advice, ["R-001"]).recommendations[0]
    own = type(own)(**{**vars(own), "step": {"step": "drop_columns", "columns": ["id"]}})
    merged = decide(advice, Advice((advice.recommendations[0], own, *advice.recommendations[1:])))
    assert [item.step for item in merged.recommendations[:2]] == [advice.recommendations[0].step, own.step]
    assert merged.recommendations[1].id == "R-002"
