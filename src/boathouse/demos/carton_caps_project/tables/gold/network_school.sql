/*
about: How many of the invitations that a school's users sent were answered, and how many earn a reward.
contract:
  key: [school_id]
*/
SELECT
  schools.school_id,
  schools.school_name,
  count(DISTINCT users.user_id) AS users,
  count(referrals.referral_id) AS invites_sent,
  count_if(referrals.status IN ('clicked', 'converted')) AS clicked,
  count_if(referrals.status = 'converted') AS converted,
  count_if(referrals.eligible_referral AND NOT referrals.is_self_referral) AS earned,
  try_divide(count_if(referrals.status = 'converted'), count(referrals.referral_id)) AS conversion_rate
FROM gold.dim_school AS schools
LEFT JOIN gold.dim_user AS users ON users.school_id = schools.school_id
LEFT JOIN gold.fct_referral AS referrals ON referrals.referrer_user_id = users.user_id
GROUP BY schools.school_id, schools.school_name
