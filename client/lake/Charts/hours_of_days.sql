-- Of the latest days.
SELECT date_name(date) AS date, hour::BIGINT AS hour, count(*) AS events
FROM events WHERE date > (SELECT max(date) FROM events) - $days GROUP BY events.date, events.hour ORDER BY events.date, events.hour
