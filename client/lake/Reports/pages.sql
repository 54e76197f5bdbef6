-- The last row, without URL, is all pages together. A visit without a duration counts as one of 0 ms.
SELECT
    url, count(*) AS visits, count(DISTINCT user_id) AS users, coalesce(sum(duration_ms), 0)::BIGINT AS duration_ms, share(coalesce(sum(duration_ms), 0), count(*)) AS average_ms,
    share(coalesce(sum(duration_ms), 0), count(DISTINCT user_id)) AS per_user_ms
FROM events WHERE event_type = 'page' GROUP BY GROUPING SETS ((url), ()) ORDER BY grouping(url), visits DESC, url
