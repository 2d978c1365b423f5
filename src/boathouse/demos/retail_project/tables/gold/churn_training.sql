/*
about: >-
  What a model learns from: one row a household, features from before the snapshot (2017-10-01 00:00 UTC),
  the label from after it.
contract:
  key: [household_id]
*/
-- Who a household is was told once and holds for the whole year; all else carries its own date.
WITH campaigns AS (
  SELECT household_id, count(*) AS campaigns
  FROM silver.campaigns
  JOIN silver.campaign_descriptions USING (campaign_id)
  WHERE start_date < DATE '2017-10-01'
  GROUP BY household_id
),

redemptions AS (
  SELECT household_id, count(*) AS redemptions
  FROM silver.coupon_redemptions
  WHERE redemption_date < DATE '2017-10-01'
  GROUP BY household_id
)

SELECT
  activity.*,
  coalesce(campaigns.campaigns, 0) AS campaigns,
  coalesce(redemptions.redemptions, 0) AS redemptions,
  demographics.age,
  demographics.income,
  demographics.household_size,
  label.churned
FROM gold.churn_label AS label
JOIN gold.household_activity AS activity ON activity.household_id = label.household_id
LEFT JOIN silver.demographics AS demographics ON demographics.household_id = label.household_id
LEFT JOIN campaigns ON campaigns.household_id = label.household_id
LEFT JOIN redemptions ON redemptions.household_id = label.household_id
