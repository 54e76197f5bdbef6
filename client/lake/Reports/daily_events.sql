SELECT date_name(date) AS date, event_type AS kind, count(*) AS events FROM events GROUP BY events.date, event_type ORDER BY events.date, kind_number(event_type)
