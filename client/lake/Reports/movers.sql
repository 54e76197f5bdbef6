-- "day": each day of the lake against the day before. "week": the last seven days of the lake against the seven before.
WITH daily AS (SELECT category_id, date, count(*) AS events FROM events WHERE category_id IS NOT NULL GROUP BY category_id, date),
bounds AS (SELECT min(date) AS first_day, max(date) AS last_day FROM events),
moves AS (
    SELECT 'day' AS span, date, category_id, events, 0 AS events_before FROM daily, bounds WHERE date > first_day
    UNION ALL SELECT 'day', (date + INTERVAL 1 DAY)::DATE, category_id, 0, events FROM daily, bounds WHERE date < last_day
    UNION ALL SELECT 'week', (last_day - INTERVAL 6 DAY)::DATE, category_id, events, 0 FROM daily, bounds WHERE date > last_day - INTERVAL 7 DAY
    UNION ALL
    SELECT 'week', (last_day - INTERVAL 6 DAY)::DATE, category_id, 0, events FROM daily, bounds
    WHERE date <= last_day - INTERVAL 7 DAY AND date > last_day - INTERVAL 14 DAY
),
summed AS (
    SELECT span, date, category_id, sum(events)::BIGINT AS events, sum(events_before)::BIGINT AS events_before FROM moves GROUP BY span, date, category_id
)
SELECT span, date_name(date) AS since, category_id, events, events_before, events - events_before AS change, share(events - events_before, events_before) AS change_share
FROM summed
WHERE span = 'day' OR EXISTS (FROM bounds WHERE first_day <= last_day - INTERVAL 7 DAY)
ORDER BY span, summed.date, abs(events - events_before) DESC, category_id
