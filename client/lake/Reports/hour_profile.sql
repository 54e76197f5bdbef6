SELECT hour_name(hour) AS hour, event_type AS kind, count(*) AS events, money(sum(price)) AS sum_price, mean(money(sum(price)), count(*)) AS avg_price
FROM events GROUP BY events.hour, event_type ORDER BY events.hour, kind_number(event_type)
