/*
about: A row with something to look into in how it landed - days after its own day, twice, or again with other values.
contract:
  key: [source, id]
  warn: {on_time: days_late < 1, landed_once: copies < 1, never_corrected: versions < 2}
*/
WITH landed AS (
  SELECT
    'users' AS source, user_id AS id, created_at AS at, dt,
    concat_ws('|', email, school_id, created_at, user_type, device_id) AS version
  FROM bronze.users

  UNION ALL

  SELECT
    'purchases' AS source, purchase_id AS id, purchased_at AS at, dt,
    concat_ws('|', user_id, product_id, quantity, price_paid, purchased_at) AS version
  FROM bronze.purchases

  UNION ALL

  SELECT
    'events' AS source, CAST(event_id AS STRING) AS id, event_at AS at, dt,
    concat_ws('|', CAST(user_id AS STRING), event_type, event_at, metadata_json) AS version
  FROM bronze.events
),

begun AS (
  SELECT source, min(dt) AS first_dt
  FROM landed
  GROUP BY source
),

ids AS (
  SELECT
    source,
    id,
    min(dt) AS landed_on,
    min(CAST(try_cast(at AS TIMESTAMP) AS DATE)) AS happened_on,
    count(*) AS copies,
    count(DISTINCT version) AS versions
  FROM landed
  GROUP BY source, id
),

signals AS (
  SELECT
    ids.source,
    ids.id,
    ids.happened_on,
    ids.landed_on,
    -- The folder of the first day holds what was before it, too.
    CASE WHEN ids.landed_on > begun.first_dt THEN datediff(ids.landed_on, ids.happened_on) ELSE 0 END AS days_late,
    ids.copies - ids.versions AS copies,
    ids.versions
  FROM ids
  JOIN begun ON begun.source = ids.source
)

SELECT *
FROM signals
WHERE days_late > 0 OR copies > 0 OR versions > 1
