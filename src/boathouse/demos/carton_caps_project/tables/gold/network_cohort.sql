/*
about: The k-factor by the month of sign-up - how many users each user of the month has brought so far.
contract:
  key: [cohort_month]
*/
WITH active AS (
  SELECT DISTINCT user_id
  FROM silver.stg_events
  WHERE event_type = 'app_open'
)

SELECT
  trunc(users.created_at, 'MONTH') AS cohort_month,
  count(*) AS users,
  count(active.user_id) AS active_users,
  sum(network.invites_sent) AS invites_sent,
  sum(network.users_brought) AS users_brought,
  try_divide(sum(network.users_brought), count(*)) AS k_factor,
  -- What the prototype's dashboard shows: of those only who have opened the app.
  try_divide(sum(network.users_brought), count(active.user_id)) AS k_factor_proxy
FROM gold.dim_user AS users
JOIN gold.network_user AS network ON network.user_id = users.user_id
LEFT JOIN active ON active.user_id = users.user_id
WHERE users.created_at IS NOT NULL
GROUP BY trunc(users.created_at, 'MONTH')
