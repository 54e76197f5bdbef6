WITH kinds AS (SELECT event_type, whole(sum(events)) AS events FROM counts() GROUP BY event_type),
rows AS (
    SELECT 1 AS place, 0 AS kind, 'users' AS measure, count(DISTINCT user_id)::DECIMAL(38, 4) AS value FROM user_days
    UNION ALL SELECT 2, 0, 'products', count(DISTINCT product_id) FROM events
    UNION ALL SELECT 3, 0, 'categories', count(DISTINCT category_id) FROM counts(by_category := true)
    UNION ALL SELECT 4, 0, 'brands', count(DISTINCT brand) FROM brand_counts
    UNION ALL SELECT 5, 0, 'sessions', whole(sum(sessions)) FROM session_counts
    UNION ALL SELECT 6, kind_number(event_type), 'events.' || event_type, events FROM kinds
    UNION ALL SELECT 7, 0, 'revenue', money(sum(revenue)) FROM counts(with_revenue := true)
)
SELECT measure, value FROM rows ORDER BY place, kind
