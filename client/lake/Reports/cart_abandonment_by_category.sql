SELECT
    row_number() OVER (ORDER BY count(*) DESC, category_id) AS rank, category_id, count(*) AS carts, count(*) FILTER (outcome = 'purchased') AS purchased,
    count(*) FILTER (outcome = 'removed') AS removed, count(*) FILTER (outcome = 'abandoned') AS abandoned,
    abandonment_rate(count(*) FILTER (outcome = 'abandoned'), count(*) FILTER (outcome = 'purchased')) AS rate
FROM carts WHERE category_id IS NOT NULL GROUP BY category_id ORDER BY rank
