/*
about: How many of the users who signed up in a month bought something in each month since, of months that are over.
contract:
  key: [cohort_month, months_since]
  fail: {no_more_than_there_are: active_users <= users}
*/
-- Months before the first purchase is known are not told: nothing says that nobody bought then.
WITH purchases AS (
  SELECT DISTINCT users.user_id, trunc(users.created_at, 'MONTH') AS cohort_month, trunc(purchases.purchase_date, 'MONTH') AS month
  FROM gold.fct_purchase AS purchases
  JOIN gold.dim_user AS users ON users.user_id = purchases.user_id
  WHERE NOT purchases.is_before_sign_up AND purchases.purchase_date IS NOT NULL AND users.created_at IS NOT NULL
),

active AS (
  SELECT cohort_month, month, count(*) AS active_users
  FROM purchases
  GROUP BY cohort_month, month
),

cohorts AS (
  SELECT trunc(created_at, 'MONTH') AS cohort_month, count(*) AS users
  FROM gold.dim_user
  WHERE created_at IS NOT NULL
  GROUP BY trunc(created_at, 'MONTH')
),

known AS (
  SELECT max(purchase_date) AS until
  FROM gold.purchase_day
),

months AS (
  SELECT DISTINCT trunc(days.purchase_date, 'MONTH') AS month
  FROM gold.purchase_day AS days
  CROSS JOIN known
  WHERE last_day(days.purchase_date) <= known.until
)

SELECT
  cohorts.cohort_month,
  CAST(
    (year(months.month) - year(cohorts.cohort_month)) * 12 + month(months.month) - month(cohorts.cohort_month) AS INT
  ) AS months_since,
  months.month,
  cohorts.users,
  coalesce(active.active_users, 0) AS active_users,
  try_divide(coalesce(active.active_users, 0), cohorts.users) AS retention
FROM cohorts
JOIN months ON months.month >= cohorts.cohort_month
LEFT JOIN active ON active.cohort_month = cohorts.cohort_month AND active.month = months.month
