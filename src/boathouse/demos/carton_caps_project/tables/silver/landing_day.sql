/*
about: What landed on a day, and when it was taken in; when nothing lands any more, the newest row gets old.
contract:
  key: [source, dt]
  warn: {fresh: "fresh(ingested_at, '3 days')"}
*/
WITH landed AS (
  SELECT 'events' AS source, dt, _source_file, _ingested_at FROM bronze.events
  UNION ALL
  SELECT 'products' AS source, dt, _source_file, _ingested_at FROM bronze.products
  UNION ALL
  SELECT 'purchases' AS source, dt, _source_file, _ingested_at FROM bronze.purchases
  UNION ALL
  SELECT 'referrals' AS source, dt, _source_file, _ingested_at FROM bronze.referrals
  UNION ALL
  SELECT 'schools' AS source, dt, _source_file, _ingested_at FROM bronze.schools
  UNION ALL
  SELECT 'users' AS source, dt, _source_file, _ingested_at FROM bronze.users
)

SELECT
  source,
  dt,
  count(DISTINCT _source_file) AS files,
  count(*) AS rows,
  max(_ingested_at) AS ingested_at
FROM landed
GROUP BY source, dt
