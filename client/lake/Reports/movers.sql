-- "day": the latest day against the day before. "period": the seven days that end with the latest against the seven before them. Categories that did not change are
-- left out. A last row of each comparison, without category, tells its dates to the JSON.
WITH daily AS (SELECT category_id, date, whole(sum(events)) AS events FROM counts(by_date := true, by_category := true) WHERE category_id IS NOT NULL GROUP BY category_id, date),
latest AS (SELECT max(date) AS day FROM daily),
comparisons AS (
    SELECT c.place, c.comparison, c.days, (l.day - (c.days - 1)::INTEGER)::DATE AS since, l.day AS through
    FROM (VALUES (1, 'day', 1), (2, 'period', 7)) AS c (place, comparison, days), latest AS l WHERE l.day IS NOT NULL
),
changes AS (
    SELECT
        c.place, d.category_id, coalesce(sum(d.events) FILTER (d.date < c.since), 0)::BIGINT AS before,
        coalesce(sum(d.events) FILTER (d.date >= c.since), 0)::BIGINT AS now
    FROM comparisons AS c JOIN daily AS d ON d.date >= c.since - c.days::INTEGER GROUP BY c.place, d.category_id
),
ranked AS (
    SELECT place, row_number() OVER (PARTITION BY place ORDER BY abs(now - before) DESC, category_id) AS rank, category_id, before, now FROM changes WHERE now <> before
    UNION ALL SELECT place, NULL, NULL, NULL, NULL FROM comparisons
)
SELECT
    c.comparison, date_name(c.since) AS "from", date_name(c.through) AS through, r.rank, r.category_id, r.before AS events_before, r.now AS events,
    r.now - r.before AS change, share(r.now - r.before, r.before) AS change_rate
FROM ranked AS r JOIN comparisons AS c ON c.place = r.place ORDER BY r.place, r.rank NULLS LAST
