/*
about: What is known of old claims - fraud or not; to learn from with care, since not every cheat was caught.
contract:
  key: [claim_id]
  fail: {known_claim: "references(claim_id, gold.features)"}
*/
SELECT
  looked_at.claim_id,
  looked_at.outcome = 'confirmed' AS is_fraud,
  looked_at.closed_on AS known_since
FROM silver.investigations AS looked_at
JOIN gold.features AS features ON features.claim_id = looked_at.claim_id
WHERE looked_at.outcome IN ('confirmed', 'cleared')
