/*
about: A product that earns points, at its latest price.
contract:
  key: [product_id]
*/
SELECT product_id, name AS product_name, category, price, points_per_dollar, created_at
FROM silver.stg_products
