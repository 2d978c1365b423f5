"""The retail demo's tables as a person would write them: DuckDB's own SQL, and the same delta-rs writes.

python benchmarks/retail_by_hand.py PROJECT LAKE
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import duckdb
from deltalake import DeltaTable, write_deltalake

CSV = ("demographics", "campaigns", "campaign_descriptions", "coupon_redemptions")
BRONZE = {
    "transactions": "SELECT * REPLACE (transaction_timestamp AT TIME ZONE 'UTC' AS transaction_timestamp) FROM 'raw/transactions.parquet'",
    "products": "SELECT * FROM 'raw/products.parquet'",
    **{name: f"SELECT * FROM read_csv('raw/{name}.csv', all_varchar = true)" for name in CSV},
}
SILVER = {
    "transactions": "SELECT * FROM bronze.transactions",
    "products": "SELECT * FROM bronze.products",
    "campaigns": "SELECT * REPLACE (campaign_id::BIGINT AS campaign_id, household_id::BIGINT AS household_id) FROM bronze.campaigns",
    "campaign_descriptions": """
        SELECT * REPLACE (campaign_id::BIGINT AS campaign_id, start_date::DATE AS start_date, end_date::DATE AS end_date)
        FROM bronze.campaign_descriptions""",
    "coupon_redemptions": """
        SELECT * REPLACE (
            household_id::BIGINT AS household_id, campaign_id::BIGINT AS campaign_id, redemption_date::DATE AS redemption_date
        ) FROM bronze.coupon_redemptions""",
    "demographics": """
        SELECT
            * REPLACE (
                household_id::BIGINT AS household_id,
                coalesce(home_ownership, 'missing') AS home_ownership,
                coalesce(marital_status, 'missing') AS marital_status
            ),
            home_ownership IS NULL AS home_ownership_is_null,
            marital_status IS NULL AS marital_status_is_null
        FROM bronze.demographics""",
}
WINDOW = """
    count(DISTINCT basket_id) FILTER (transaction_timestamp >= '{start}') AS basket_id_count_distinct_{days}d,
    count(DISTINCT product_id) FILTER (transaction_timestamp >= '{start}') AS product_id_count_distinct_{days}d,
    CAST(
        coalesce(sum(CAST(sales_value AS DECIMAL(10, 2))) FILTER (transaction_timestamp >= '{start}'), 0)
        AS DECIMAL(20, 2)
    ) AS sales_value_sum_{days}d,"""
GOLD = {
    "churn_label": """
        SELECT household_id, max(transaction_timestamp) < '2017-10-01' AS churned
        FROM silver.transactions
        WHERE transaction_timestamp >= '2017-04-04' AND transaction_timestamp < '2017-11-30'
        GROUP BY household_id
        HAVING min(transaction_timestamp) < '2017-10-01'""",
    "household_activity": f"""
        SELECT household_id,
            {WINDOW.format(start="2017-09-01", days=30)}
            {WINDOW.format(start="2017-07-03", days=90)}
            {WINDOW.format(start="2017-04-04", days=180)}
            (DATE '2017-10-01' - max(transaction_timestamp)::DATE)::INTEGER AS days_since_last_event,
            (DATE '2017-10-01' - min(transaction_timestamp)::DATE)::INTEGER AS days_since_first_event
        FROM silver.transactions
        WHERE transaction_timestamp < '2017-10-01'
        GROUP BY household_id""",
    "churn_training": """
        WITH sent AS (
            SELECT household_id, count(*) AS campaigns
            FROM silver.campaigns JOIN silver.campaign_descriptions USING (campaign_id)
            WHERE start_date < '2017-10-01' GROUP BY household_id
        ), redeemed AS (
            SELECT household_id, count(*) AS redemptions
            FROM silver.coupon_redemptions WHERE redemption_date < '2017-10-01' GROUP BY household_id
        )
        SELECT activity.*, coalesce(campaigns, 0) AS campaigns, coalesce(redemptions, 0) AS redemptions,
            age, income, household_size, churned
        FROM gold.churn_label JOIN gold.household_activity AS activity USING (household_id)
        LEFT JOIN silver.demographics USING (household_id)
        LEFT JOIN sent USING (household_id)
        LEFT JOIN redeemed USING (household_id)""",
}


def main(project: Path, lake: Path) -> None:
    os.chdir(project)
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    for layer, queries in {"bronze": BRONZE, "silver": SILVER, "gold": GOLD}.items():
        connection.execute(f"CREATE SCHEMA {layer}")
        for name, query in queries.items():
            path = lake / f"retail_{layer}" / name
            path.mkdir(parents=True, exist_ok=True)
            write_deltalake(path, connection.sql(query), mode="overwrite", schema_mode="overwrite")
            files = DeltaTable(path).file_uris()
            connection.execute(f"CREATE VIEW {layer}.{name} AS FROM read_parquet({files})")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve())
