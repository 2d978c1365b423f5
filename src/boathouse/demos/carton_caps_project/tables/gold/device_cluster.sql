/*
about: A device that three users or more have, and what they have earned.
contract:
  key: [device_id]
  warn: {one_household: users < 3}
*/
WITH rewards AS (
  SELECT user_id, count(*) AS rewards
  FROM gold.fct_rewards
  GROUP BY user_id
)

SELECT
  users.device_id,
  count(*) AS users,
  min(users.user_id) AS first_user_id,
  min(users.created_at) AS first_created_at,
  max(users.created_at) AS last_created_at,
  count(DISTINCT users.school_id) AS schools,
  coalesce(sum(rewards.rewards), 0) AS rewards
FROM gold.dim_user AS users
LEFT JOIN rewards ON rewards.user_id = users.user_id
WHERE users.device_id IS NOT NULL
GROUP BY users.device_id
HAVING count(*) >= 3
