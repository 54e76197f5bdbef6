SELECT hour_name(hour) AS hour, event_type AS kind, whole(sum(events)) AS events, money(sum(prices)) AS sum_price, mean(money(sum(prices)), whole(sum(events))) AS avg_price
FROM counts(by_hour := true, with_prices := true) AS counted GROUP BY counted.hour, event_type ORDER BY counted.hour, kind_number(event_type)
