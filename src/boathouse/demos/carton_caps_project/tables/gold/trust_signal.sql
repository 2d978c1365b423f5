/*
about: A user with something to look into - shared devices, referrals of oneself, bursts of invitations, rewards not earned.
contract:
  key: [user_id]
  warn: {invites_by_hand: most_invites_in_a_day < 8}
*/
WITH self_referrals AS (
  SELECT referrer_user_id AS user_id, count(*) AS self_referrals
  FROM gold.fct_referral
  WHERE is_self_referral
  GROUP BY referrer_user_id
),

invites_by_day AS (
  SELECT referrer_user_id AS user_id, CAST(sent_at AS DATE) AS sent_on, count(*) AS invites
  FROM gold.fct_referral
  GROUP BY referrer_user_id, CAST(sent_at AS DATE)
),

bursts AS (
  SELECT user_id, max(invites) AS most_invites_in_a_day
  FROM invites_by_day
  GROUP BY user_id
),

early_purchases AS (
  SELECT user_id, count(*) AS purchases_before_sign_up
  FROM gold.fct_purchase
  WHERE is_before_sign_up
  GROUP BY user_id
),

rewards AS (
  SELECT
    rewards.user_id,
    -- A reward whose referral is unknown is not earned either.
    count_if(NOT coalesce(referrals.eligible_referral AND NOT referrals.is_self_referral, false)) AS rewards_not_earned,
    count_if(rewards.redeemed_at IS NULL) AS rewards_outstanding
  FROM gold.fct_rewards AS rewards
  LEFT JOIN gold.fct_referral AS referrals ON referrals.referral_id = rewards.referral_id
  GROUP BY rewards.user_id
),

signals AS (
  SELECT
    users.user_id,
    users.device_id,
    coalesce(clusters.users, 0) AS users_of_cluster,
    coalesce(self_referrals.self_referrals, 0) AS self_referrals,
    coalesce(bursts.most_invites_in_a_day, 0) AS most_invites_in_a_day,
    coalesce(early_purchases.purchases_before_sign_up, 0) AS purchases_before_sign_up,
    coalesce(rewards.rewards_not_earned, 0) AS rewards_not_earned,
    coalesce(rewards.rewards_outstanding, 0) AS rewards_outstanding
  FROM gold.dim_user AS users
  LEFT JOIN gold.device_cluster AS clusters ON clusters.device_id = users.device_id
  LEFT JOIN self_referrals ON self_referrals.user_id = users.user_id
  LEFT JOIN bursts ON bursts.user_id = users.user_id
  LEFT JOIN early_purchases ON early_purchases.user_id = users.user_id
  LEFT JOIN rewards ON rewards.user_id = users.user_id
)

SELECT *
FROM signals
WHERE users_of_cluster > 0
  OR self_referrals > 0
  OR most_invites_in_a_day >= 8
  OR purchases_before_sign_up > 0
  OR rewards_not_earned > 0
