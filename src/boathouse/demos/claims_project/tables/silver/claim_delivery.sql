/*
about: A claim that landed more than once - as it was, or corrected.
contract:
  key: [claim_id]
  warn: {landed_once: copies < 1, never_corrected: versions < 2}
*/
WITH landed AS (
  SELECT
    Id AS claim_id,
    concat_ws('|', PATIENTID, PROVIDERID, DIAGNOSIS1, SERVICEDATE) AS version
  FROM bronze.claims
)

SELECT
  claim_id,
  count(*) - count(DISTINCT version) AS copies,
  count(DISTINCT version) AS versions
FROM landed
GROUP BY claim_id
HAVING count(*) > 1
