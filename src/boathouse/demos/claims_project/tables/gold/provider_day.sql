/*
about: What a provider billed for in a day, and how much of it no medical record knows of.
contract:
  key: [provider_id, service_date]
  warn: {believable_day: claims < 12}
*/
WITH recorded AS (
  SELECT DISTINCT encounter_id
  FROM silver.records
)

SELECT
  claims.provider_id,
  CAST(claims.service_at AS DATE) AS service_date,
  count(*) AS claims,
  count(DISTINCT claims.patient_id) AS patients,
  sum(claims.claim_amount) AS billed,
  count_if(recorded.encounter_id IS NULL) AS claims_without_record
FROM gold.fct_claim AS claims
LEFT JOIN recorded ON recorded.encounter_id = claims.encounter_id
WHERE claims.provider_id IS NOT NULL
GROUP BY claims.provider_id, CAST(claims.service_at AS DATE)
