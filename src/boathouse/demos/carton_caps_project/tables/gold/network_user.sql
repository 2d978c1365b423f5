/*
about: A user as a point of the network of invitations - who they brought, and how many invitations away the first of their line is.
contract:
  key: [user_id]
*/
WITH earned AS (
  SELECT referrer_user_id, referred_user_id
  FROM gold.fct_referral
  WHERE status = 'converted' AND NOT is_self_referral
),

invited AS (
  SELECT referrer_user_id AS user_id, count(*) AS invites_sent
  FROM gold.fct_referral
  GROUP BY referrer_user_id
),

brought AS (
  SELECT referrer_user_id AS user_id, count(DISTINCT referred_user_id) AS users_brought
  FROM earned
  GROUP BY referrer_user_id
),

-- Whoever is claimed by two came by the one with the lower number, so that every line has one beginning.
came_by AS (
  SELECT referred_user_id AS user_id, min(referrer_user_id) AS referrer_user_id
  FROM earned
  GROUP BY referred_user_id
)

SELECT
  users.user_id,
  users.school_id,
  first.referrer_user_id AS came_by_user_id,
  coalesce(invited.invites_sent, 0) AS invites_sent,
  coalesce(brought.users_brought, 0) AS users_brought,
  coalesce(brought.users_brought, 0) + CASE WHEN first.user_id IS NULL THEN 0 ELSE 1 END AS degree,
  -- 0: nobody brought them. 4 stands for 4 and more.
  CASE
    WHEN first.user_id IS NULL THEN 0
    WHEN second.user_id IS NULL THEN 1
    WHEN third.user_id IS NULL THEN 2
    WHEN fourth.user_id IS NULL THEN 3
    ELSE 4
  END AS depth
FROM gold.dim_user AS users
LEFT JOIN invited ON invited.user_id = users.user_id
LEFT JOIN brought ON brought.user_id = users.user_id
LEFT JOIN came_by AS first ON first.user_id = users.user_id
LEFT JOIN came_by AS second ON second.user_id = first.referrer_user_id
LEFT JOIN came_by AS third ON third.user_id = second.referrer_user_id
LEFT JOIN came_by AS fourth ON fourth.user_id = third.referrer_user_id
