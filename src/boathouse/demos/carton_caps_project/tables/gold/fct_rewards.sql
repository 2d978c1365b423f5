/*
about: A reward that was given to one side of a referral, and when it was first redeemed.
contract:
  key: [reward_id]
  fail: {known_referral: "references(referral_id, gold.fct_referral)"}
  warn: {known_type: "reward_type IN ('referrer_bonus', 'referred_bonus')"}
*/
WITH rewards AS (
  SELECT
    referral_id,
    user_id,
    event_type,
    event_at,
    -- Where nothing matches, regexp_extract gives an empty text and not NULL.
    nullif(regexp_extract(metadata_json, '"reward_type" *: *"([^"]*)"', 1), '') AS reward_type
  FROM silver.stg_events
  WHERE event_type IN ('reward_awarded', 'reward_redeemed')
),

awarded AS (
  SELECT referral_id, user_id, reward_type, min(event_at) AS awarded_at
  FROM rewards
  WHERE event_type = 'reward_awarded'
  GROUP BY referral_id, user_id, reward_type
),

redeemed AS (
  SELECT referral_id, user_id, reward_type, min(event_at) AS redeemed_at
  FROM rewards
  WHERE event_type = 'reward_redeemed'
  GROUP BY referral_id, user_id, reward_type
)

SELECT
  -- With a place for each part, so that a missing one moves no other.
  md5(concat(
    coalesce(CAST(awarded.referral_id AS STRING), ''), '|',
    coalesce(CAST(awarded.user_id AS STRING), ''), '|',
    coalesce(awarded.reward_type, '')
  )) AS reward_id,
  awarded.referral_id,
  awarded.user_id,
  awarded.reward_type,
  awarded.awarded_at,
  redeemed.redeemed_at
FROM awarded
LEFT JOIN redeemed
  ON redeemed.referral_id <=> awarded.referral_id
  AND redeemed.user_id <=> awarded.user_id
  AND redeemed.reward_type <=> awarded.reward_type
