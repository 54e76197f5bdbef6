SELECT date_name(date) AS date, count(DISTINCT user_id) AS visitors FROM events GROUP BY events.date ORDER BY events.date
