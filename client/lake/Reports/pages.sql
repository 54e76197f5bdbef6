-- Most visited first, of equals the one visited first. The last row is all pages together, with their users. A visit without a duration counts as one of 0 ms.
WITH visits AS (SELECT url, user_id, event_time, coalesce(duration_ms, 0) AS duration_ms FROM events WHERE event_type = 'page'),
counted AS (
    SELECT url, count(*) AS visits, longest(sum(duration_ms)) AS total_ms, min(event_time) AS first_visit FROM visits WHERE url IS NOT NULL GROUP BY url
),
rows AS (
    SELECT row_number() OVER (ORDER BY visits DESC, first_visit, url) AS rank, url, visits, total_ms, NULL::BIGINT AS users FROM counted
    UNION ALL SELECT NULL, 'all', count(*), longest(coalesce(sum(duration_ms), 0)), count(DISTINCT user_id) FROM visits
)
SELECT
    rank, url, visits, (total_ms * 0.001)::DECIMAL(30, 3) AS seconds, seconds_each(total_ms, visits) AS average_seconds, users,
    seconds_each(total_ms, users) AS seconds_per_user
FROM rows ORDER BY rows.rank NULLS LAST
