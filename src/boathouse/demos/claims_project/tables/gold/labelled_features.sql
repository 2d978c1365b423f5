/*
about: A claim's features beside what is known of it; NULL where nobody has looked yet.
contract:
  key: [claim_id]
*/
SELECT features.*, label.is_fraud
FROM gold.features AS features
LEFT JOIN gold.claim_label AS label ON label.claim_id = features.claim_id
