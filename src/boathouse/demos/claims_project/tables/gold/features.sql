/*
about: What a model sees of a claim - seven numbers and six categories, known when the claim comes in.
contract:
  key: [claim_id]
  columns:
    claim_id: string not null
    service_at: timestamp not null
    claim_amount: double
    patient_age: int
    provider_experience_years: int
    days_since_last_claim: int
    num_previous_claims: int
    average_claim_amount: double
    claim_duration_days: double
    claim_type: string
    provider_specialty: string
    diagnosis_code: string
    procedure_code: string
    patient_gender: string
    geographic_region: string
  fail:
    enough: row_count() >= 100
    amounts: null_share(claim_amount) <= 0.2
  warn:
    usual_amount: claim_amount <= 100000
    possible_stay: claim_duration_days <= 365
*/
WITH history AS (
  SELECT
    *,
    lag(service_at) OVER earlier AS last_service_at,
    row_number() OVER earlier - 1 AS claims_before,
    -- Of this claim's own amount nothing may be in the average of those before it.
    sum(claim_amount) OVER before AS amount_before,
    count(claim_amount) OVER before AS amounts_before
  FROM gold.fct_claim
  WINDOW
    earlier AS (PARTITION BY patient_id ORDER BY service_at, claim_id),
    before AS (
      PARTITION BY patient_id ORDER BY service_at, claim_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    )
)

SELECT
  claim_id,
  service_at,
  CAST(claim_amount AS DOUBLE) AS claim_amount,
  patient_age,
  provider_experience_years,
  datediff(CAST(service_at AS DATE), CAST(last_service_at AS DATE)) AS days_since_last_claim,
  CAST(claims_before AS INT) AS num_previous_claims,
  CAST(amount_before AS DOUBLE) / nullif(amounts_before, 0) AS average_claim_amount,
  claim_duration_days,
  claim_type,
  provider_specialty,
  diagnosis_code,
  procedure_code,
  patient_gender,
  geographic_region
FROM history
