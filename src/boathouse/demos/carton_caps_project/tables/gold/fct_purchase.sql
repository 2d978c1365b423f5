/*
about: A line of a scanned receipt, with the school that it earned for and what kind of thing was bought.
contract:
  key: [purchase_id]
  fail: {enough: row_count() >= 100}
  warn: {known_user: "references(user_id, gold.dim_user)", after_sign_up: NOT is_before_sign_up}
  drop: {believable_price: price_paid BETWEEN 0 AND 500}
*/
SELECT
  purchases.purchase_id,
  purchases.user_id,
  users.school_id,
  purchases.product_id,
  products.category AS product_category,
  purchases.quantity,
  purchases.price_paid,
  purchases.points_earned,
  purchases.purchased_at,
  CAST(purchases.purchased_at AS DATE) AS purchase_date,
  -- When an unknown user signed up is not known: their purchases are not said to be early.
  coalesce(purchases.purchased_at < users.created_at, false) AS is_before_sign_up
FROM silver.stg_purchases AS purchases
LEFT JOIN gold.dim_user AS users ON users.user_id = purchases.user_id
LEFT JOIN gold.dim_product AS products ON products.product_id = purchases.product_id
