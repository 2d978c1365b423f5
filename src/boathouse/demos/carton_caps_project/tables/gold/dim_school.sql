/*
about: A school that users collect for.
contract:
  key: [school_id]
*/
SELECT school_id, name AS school_name, address, city, state, zip_code, created_at
FROM silver.stg_schools
