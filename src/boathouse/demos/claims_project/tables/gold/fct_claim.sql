/*
about: A claim with what it costs, who came, to whom, for what, and what was done.
contract:
  key: [claim_id]
  columns:
    claim_id: string not null
    patient_id: string
    provider_id: string
    payer_id: string
    encounter_id: string
    service_at: timestamp not null
    claim_amount: decimal(18,2)
    lowest_charge: decimal(18,2)
    claim_type: string
    claim_duration_days: double
    diagnosis_code: string
    procedure_code: string
    provider_specialty: string
    provider_experience_years: int
    patient_age: int
    patient_gender: string
    geographic_region: string
  fail: {enough: row_count() >= 100}
  drop: {believable_amount: lowest_charge >= 0}
*/
WITH totals AS (
  SELECT
    claim_id,
    -- A part of the charges is not the claim's amount.
    CASE WHEN count(amount) = count(*) THEN sum(amount) END AS claim_amount,
    min(amount) AS lowest_charge
  FROM silver.charges
  GROUP BY claim_id
),

placed AS (
  SELECT
    claim_id,
    procedure_code,
    -- The dearest charge is what the claim is about; one whose amount is missing may be the dearest.
    row_number() OVER (PARTITION BY claim_id ORDER BY amount DESC NULLS FIRST, line, charge_id) AS place
  FROM silver.charges
)

SELECT
  claims.claim_id,
  claims.patient_id,
  claims.provider_id,
  claims.payer_id,
  claims.encounter_id,
  claims.service_at,
  totals.claim_amount,
  totals.lowest_charge,
  encounters.encounter_class AS claim_type,
  CASE
    WHEN encounters.stopped_at >= encounters.started_at
      THEN (unix_timestamp(encounters.stopped_at) - unix_timestamp(encounters.started_at)) / 86400D
  END AS claim_duration_days,
  claims.diagnosis_code,
  placed.procedure_code,
  providers.specialty AS provider_specialty,
  CASE
    WHEN credentials.licensed_on <= CAST(claims.service_at AS DATE)
      THEN CAST(datediff(YEAR, credentials.licensed_on, CAST(claims.service_at AS DATE)) AS INT)
  END AS provider_experience_years,
  -- Who would be older than anybody, or not born yet, has an age that nobody knows.
  CASE
    WHEN CAST(claims.service_at AS DATE) BETWEEN patients.birth_date AND add_months(patients.birth_date, 12 * 115)
      THEN CAST(datediff(YEAR, patients.birth_date, CAST(claims.service_at AS DATE)) AS INT)
  END AS patient_age,
  patients.gender AS patient_gender,
  patients.county AS geographic_region
FROM silver.claims AS claims
LEFT JOIN totals ON totals.claim_id = claims.claim_id
LEFT JOIN placed ON placed.claim_id = claims.claim_id AND placed.place = 1
LEFT JOIN silver.encounters AS encounters ON encounters.encounter_id = claims.encounter_id
LEFT JOIN silver.providers AS providers ON providers.provider_id = claims.provider_id
LEFT JOIN silver.credentials AS credentials ON credentials.provider_id = claims.provider_id
LEFT JOIN silver.patients AS patients ON patients.patient_id = claims.patient_id
