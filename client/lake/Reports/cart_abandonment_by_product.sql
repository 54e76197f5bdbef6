SELECT
    row_number() OVER (ORDER BY count(*) DESC, product_id) AS rank, product_id, count(*) AS carts, count(*) FILTER (outcome = 'purchased') AS purchased,
    count(*) FILTER (outcome = 'removed') AS removed, count(*) FILTER (outcome = 'abandoned') AS abandoned,
    abandonment_rate(count(*) FILTER (outcome = 'abandoned'), count(*) FILTER (outcome = 'purchased')) AS rate
FROM carts WHERE product_id IS NOT NULL GROUP BY product_id ORDER BY rank
