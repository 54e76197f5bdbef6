-- Of the latest days.
WITH counted AS (SELECT date, hour, whole(sum(events)) AS events FROM counts(by_date := true, by_hour := true) GROUP BY date, hour)
SELECT date_name(date) AS date, hour::BIGINT AS hour, events
FROM counted WHERE date > (SELECT max(date) FROM counted) - $days ORDER BY counted.date, counted.hour
