/*
about: What was bought on a day; a day whose prices came in another unit stands out by its median.
contract:
  key: [purchase_date]
  fail: {in_dollars: median_price < 100}   # reads silver, where no row is dropped for its price
*/
SELECT
  CAST(purchased_at AS DATE) AS purchase_date,
  count(*) AS purchases,
  count(DISTINCT user_id) AS buyers,
  sum(price_paid) AS price_paid,
  median(CAST(price_paid AS DOUBLE)) AS median_price
FROM silver.stg_purchases
WHERE purchased_at IS NOT NULL
GROUP BY CAST(purchased_at AS DATE)
