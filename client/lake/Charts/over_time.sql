-- $unit is hour, day or month.
SELECT
    date_trunc('$unit', event_time)::TIMESTAMP AS moment, count(*) FILTER (event_type = 'view') AS views, count(*) FILTER (event_type = 'cart') AS carts,
    count(*) FILTER (event_type = 'remove_from_cart') AS removals, count(*) FILTER (event_type = 'purchase') AS purchases,
    count(*) FILTER (event_type = 'page') AS pages, count(DISTINCT user_id) AS visitors,
    money(sum(price * quantity) FILTER (event_type = 'purchase')) AS revenue
FROM events GROUP BY 1 ORDER BY 1
