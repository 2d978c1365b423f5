/*
about: A user, with the school that they collect for.
contract:
  key: [user_id]
*/
SELECT
  users.user_id,
  users.first_name,
  users.last_name,
  users.email,
  users.school_id,
  schools.name AS school_name,
  schools.state AS school_state,
  users.created_at,
  users.user_type,
  users.is_verified,
  users.device_id,
  users.marketing_channel
FROM silver.stg_users AS users
LEFT JOIN silver.stg_schools AS schools ON schools.school_id = users.school_id
