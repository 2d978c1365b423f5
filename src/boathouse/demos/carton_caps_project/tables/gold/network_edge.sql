/*
about: An invitation as a line of the network, with whom it brought; a referral of oneself brings nobody.
contract:
  key: [referral_id]
*/
SELECT
  referral_id,
  referrer_user_id,
  CASE WHEN status = 'converted' AND NOT is_self_referral THEN referred_user_id END AS referred_user_id,
  sent_at,
  CASE WHEN status = 'converted' AND NOT is_self_referral THEN converted_at END AS converted_at
FROM gold.fct_referral
