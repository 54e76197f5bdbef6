SELECT
    category_id, max(category_code) AS name, count(*) AS events, count(*) FILTER (event_type = 'view') AS views, count(*) FILTER (event_type = 'cart') AS carts,
    count(*) FILTER (event_type = 'purchase') AS purchases, money(sum(price * quantity) FILTER (event_type = 'purchase')) AS revenue
FROM events WHERE category_id IS NOT NULL GROUP BY category_id ORDER BY events DESC, category_id LIMIT $rows
