/*
about: The rewards of a type that were given and redeemed on a day, and how many were outstanding at its end.
contract:
  key: [reward_type, day]
  fail: {none_below_zero: outstanding >= 0}
*/
WITH changes AS (
  SELECT reward_type, CAST(awarded_at AS DATE) AS day, 1 AS awarded, 0 AS redeemed
  FROM gold.fct_rewards
  UNION ALL
  -- What is said to be redeemed before it was given, is so on the day that it was given.
  SELECT reward_type, CAST(greatest(redeemed_at, awarded_at) AS DATE) AS day, 0 AS awarded, 1 AS redeemed
  FROM gold.fct_rewards
  WHERE redeemed_at IS NOT NULL
),

days AS (
  SELECT reward_type, day, sum(awarded) AS awarded, sum(redeemed) AS redeemed
  FROM changes
  WHERE reward_type IS NOT NULL AND day IS NOT NULL
  GROUP BY reward_type, day
)

SELECT
  reward_type,
  day,
  awarded,
  redeemed,
  sum(awarded - redeemed) OVER (PARTITION BY reward_type ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
    AS outstanding
FROM days
