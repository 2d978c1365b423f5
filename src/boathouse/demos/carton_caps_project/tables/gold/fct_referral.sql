/*
about: An invitation, how far who was invited has come, and whether it earns a reward.
contract:
  key: [referral_id]
  warn:
    somebody_else: NOT is_self_referral
    code_in_time: within_48h_window
    code_was_used: applied_at IS NOT NULL OR onboarded_at IS NULL
*/
WITH steps_taken AS (
  SELECT
    referral_id,
    user_id,
    min(CASE WHEN event_type = 'install' THEN event_at END) AS installed_at,
    min(CASE WHEN event_type = 'referral_applied' THEN event_at END) AS applied_at,
    min(CASE WHEN event_type = 'onboarding_complete' THEN event_at END) AS onboarded_at,
    min(CASE WHEN event_type = 'school_linked' THEN event_at END) AS school_linked_at
  FROM silver.stg_events
  WHERE referral_id IS NOT NULL
  GROUP BY referral_id, user_id
),

first_purchases AS (
  SELECT user_id, min(purchased_at) AS first_purchase_at
  FROM silver.stg_purchases
  GROUP BY user_id
),

referrals AS (
  SELECT
    referrals.*,
    steps_taken.installed_at,
    steps_taken.applied_at,
    steps_taken.onboarded_at,
    steps_taken.school_linked_at,
    first_purchases.first_purchase_at,
    -- The earlier of the two; one that never was does not count, and least() leaves NULL out.
    least(first_purchases.first_purchase_at, steps_taken.school_linked_at) AS qualifying_action_at,
    -- Full hours: from 00:59 to 01:01 two days later are 48, though 49 times a clock has struck. NULL where one is missing.
    timestampdiff(HOUR, steps_taken.installed_at, steps_taken.applied_at) <= 48 AS within_48h_window
  FROM silver.stg_referrals AS referrals
  LEFT JOIN steps_taken
    ON steps_taken.referral_id = referrals.referral_id AND steps_taken.user_id = referrals.referred_user_id
  LEFT JOIN first_purchases ON first_purchases.user_id = referrals.referred_user_id
)

SELECT
  referrals.referral_id,
  referrals.referrer_user_id,
  referrals.referred_user_id,
  referrals.referred_email,
  referrals.referral_code,
  referrals.status,
  referrals.sent_at,
  referrals.converted_at,
  referrals.installed_at,
  referrals.applied_at,
  referrals.onboarded_at,
  referrals.school_linked_at,
  referrals.first_purchase_at,
  referrals.qualifying_action_at,
  referrals.within_48h_window,
  coalesce(
    referrals.status = 'converted'
    AND referrals.onboarded_at IS NOT NULL
    AND referrals.qualifying_action_at IS NOT NULL
    AND referrals.within_48h_window,
    false
  ) AS eligible_referral,
  -- Oneself is the same account, the same email, or another account on the same device.
  coalesce(referrals.referrer_user_id = referrals.referred_user_id, false)
  OR coalesce(referrals.referred_email = referrers.email, false)
  OR coalesce(referrers.device_id = referred.device_id, false) AS is_self_referral
FROM referrals
LEFT JOIN gold.dim_user AS referrers ON referrers.user_id = referrals.referrer_user_id
LEFT JOIN gold.dim_user AS referred ON referred.user_id = referrals.referred_user_id
