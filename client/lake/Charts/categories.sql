SELECT
    category_id, max(category_code) AS name, whole(sum(events)) AS events, whole(sum(events) FILTER (event_type = 'view')) AS views,
    whole(sum(events) FILTER (event_type = 'cart')) AS carts, whole(sum(events) FILTER (event_type = 'purchase')) AS purchases, money(sum(revenue)) AS revenue
FROM counts(by_category := true, by_code := true, with_revenue := true) WHERE category_id IS NOT NULL GROUP BY category_id ORDER BY events DESC, category_id LIMIT $rows
