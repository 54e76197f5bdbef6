-- $unit is hour, day or month.
WITH counted AS (
    SELECT
        date_trunc('$unit', date + to_hours(coalesce(hour, 0))) AS moment, whole(sum(events) FILTER (event_type = 'view')) AS views,
        whole(sum(events) FILTER (event_type = 'cart')) AS carts, whole(sum(events) FILTER (event_type = 'remove_from_cart')) AS removals,
        whole(sum(events) FILTER (event_type = 'purchase')) AS purchases, whole(sum(events) FILTER (event_type = 'page')) AS pages, money(sum(revenue)) AS revenue
    FROM counts(by_date := true, by_hour := '$unit' = 'hour', with_revenue := true) GROUP BY 1
),
users AS (
    SELECT DISTINCT date + to_hours(hour) AS moment, user_id FROM events WHERE '$unit' = 'hour'
    UNION ALL SELECT DISTINCT date_trunc('$unit', date), user_id FROM user_days WHERE '$unit' <> 'hour'
)
SELECT c.moment::TIMESTAMP AS moment, c.views, c.carts, c.removals, c.purchases, c.pages, v.visitors, c.revenue
FROM counted AS c JOIN (SELECT moment, count(*) AS visitors FROM users GROUP BY moment) AS v ON v.moment = c.moment ORDER BY 1
