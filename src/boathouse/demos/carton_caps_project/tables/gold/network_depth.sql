/*
about: The k-factor by depth - how many users those have brought who were themselves so many invitations away from the first.
contract:
  key: [depth]
*/
SELECT
  depth,
  count(*) AS users,
  sum(invites_sent) AS invites_sent,
  sum(users_brought) AS users_brought,
  try_divide(sum(users_brought), count(*)) AS k_factor
FROM gold.network_user
GROUP BY depth
