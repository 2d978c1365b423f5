/*
about: >-
  One row a household that bought in the 180 days before the snapshot, 2017-10-01 00:00 UTC;
  churned where it bought nothing in the 60 days from the snapshot on.
contract:
  key: [household_id]
  columns:
    household_id: bigint not null
    churned: boolean not null
*/
-- The days before run from 2017-04-04 (included) to the snapshot (not included),
-- the days after from the snapshot (included) to 2017-11-30 (not included).
SELECT
  household_id,
  max(transaction_timestamp) < TIMESTAMP '2017-10-01 00:00:00' AS churned
FROM silver.transactions
WHERE transaction_timestamp >= TIMESTAMP '2017-04-04 00:00:00'
  AND transaction_timestamp < TIMESTAMP '2017-11-30 00:00:00'
GROUP BY household_id
HAVING min(transaction_timestamp) < TIMESTAMP '2017-10-01 00:00:00'
