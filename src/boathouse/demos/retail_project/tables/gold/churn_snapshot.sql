/*
about: >-
  A household at the first of a month that bought in the 90 days before, what it did until then, and whether it stopped -
  it bought nothing in the 60 days from the snapshot on, NULL where these are not over.
contract:
  key: [household_id, snapshot_on]
*/
WITH snapshots AS (
  SELECT DATE '2017-04-01' AS snapshot_on
  UNION ALL SELECT DATE '2017-05-01'
  UNION ALL SELECT DATE '2017-06-01'
  UNION ALL SELECT DATE '2017-07-01'
  UNION ALL SELECT DATE '2017-08-01'
  UNION ALL SELECT DATE '2017-09-01'
  UNION ALL SELECT DATE '2017-10-01'
  UNION ALL SELECT DATE '2017-11-01'
  UNION ALL SELECT DATE '2017-12-01'
  UNION ALL SELECT DATE '2018-01-01'
),

-- Sums of cents are exact, in whatever order they are added.
days AS (
  SELECT
    household_id,
    CAST(transaction_timestamp AS DATE) AS bought_on,
    count(DISTINCT basket_id) AS baskets,
    count(DISTINCT product_id) AS products,
    sum(CAST(sales_value AS DECIMAL(10, 2))) AS spent
  FROM silver.transactions
  GROUP BY household_id, CAST(transaction_timestamp AS DATE)
),

-- Only what was before the snapshot: from it on lies the label.
before AS (
  SELECT
    days.household_id,
    snapshots.snapshot_on,
    datediff(snapshots.snapshot_on, max(days.bought_on)) AS days_since_last_purchase,
    datediff(snapshots.snapshot_on, min(days.bought_on)) AS days_since_first_purchase,
    count(*) AS purchase_days,
    count_if(days.bought_on >= date_sub(snapshots.snapshot_on, 30)) AS purchase_days_30d,
    count_if(days.bought_on >= date_sub(snapshots.snapshot_on, 90)) AS purchase_days_90d,
    sum(CASE WHEN days.bought_on >= date_sub(snapshots.snapshot_on, 30) THEN days.baskets ELSE 0 END) AS baskets_30d,
    sum(CASE WHEN days.bought_on >= date_sub(snapshots.snapshot_on, 90) THEN days.baskets ELSE 0 END) AS baskets_90d,
    sum(CASE WHEN days.bought_on >= date_sub(snapshots.snapshot_on, 30) THEN days.products ELSE 0 END) AS products_30d,
    sum(CASE WHEN days.bought_on >= date_sub(snapshots.snapshot_on, 90) THEN days.products ELSE 0 END) AS products_90d,
    sum(CASE WHEN days.bought_on >= date_sub(snapshots.snapshot_on, 30) THEN days.spent ELSE 0 END) AS spent_30d,
    sum(CASE WHEN days.bought_on >= date_sub(snapshots.snapshot_on, 90) THEN days.spent ELSE 0 END) AS spent_90d
  FROM snapshots
  JOIN days ON days.bought_on < snapshots.snapshot_on
  GROUP BY days.household_id, snapshots.snapshot_on
),

after AS (
  SELECT DISTINCT days.household_id, snapshots.snapshot_on
  FROM snapshots
  JOIN days ON days.bought_on >= snapshots.snapshot_on AND days.bought_on < date_add(snapshots.snapshot_on, 60)
),

campaigns AS (
  SELECT sent.household_id, snapshots.snapshot_on, count(*) AS campaigns
  FROM snapshots
  JOIN silver.campaign_descriptions AS described ON described.start_date < snapshots.snapshot_on
  JOIN silver.campaigns AS sent ON sent.campaign_id = described.campaign_id
  GROUP BY sent.household_id, snapshots.snapshot_on
),

redemptions AS (
  SELECT redeemed.household_id, snapshots.snapshot_on, count(*) AS redemptions
  FROM snapshots
  JOIN silver.coupon_redemptions AS redeemed ON redeemed.redemption_date < snapshots.snapshot_on
  GROUP BY redeemed.household_id, snapshots.snapshot_on
),

known AS (
  SELECT max(bought_on) AS until
  FROM days
)

SELECT
  before.*,
  -- How often it comes, and how long it has been away in units of that: 3 is three times as long as usual.
  try_divide(CAST(before.days_since_first_purchase - before.days_since_last_purchase AS DOUBLE), before.purchase_days - 1)
    AS usual_gap_days,
  try_divide(
    CAST(before.days_since_last_purchase AS DOUBLE) * (before.purchase_days - 1),
    before.days_since_first_purchase - before.days_since_last_purchase
  ) AS gaps_since_last_purchase,
  coalesce(campaigns.campaigns, 0) AS campaigns,
  coalesce(redemptions.redemptions, 0) AS redemptions,
  CASE WHEN date_add(before.snapshot_on, 59) <= known.until THEN after.household_id IS NULL END AS churned
FROM before
CROSS JOIN known
LEFT JOIN after ON after.household_id = before.household_id AND after.snapshot_on = before.snapshot_on
LEFT JOIN campaigns ON campaigns.household_id = before.household_id AND campaigns.snapshot_on = before.snapshot_on
LEFT JOIN redemptions ON redemptions.household_id = before.household_id AND redemptions.snapshot_on = before.snapshot_on
WHERE before.purchase_days_90d > 0
