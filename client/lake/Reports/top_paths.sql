-- The first five steps of sessions for a Sankey diagram. A step is a run of events of one kind; a session that has no further step goes to "end". Only sessions with
-- more than one kind are looked at event by event.
WITH mixed AS MATERIALIZED (SELECT row_number() OVER () AS session, user_id, user_session, started, ended FROM busy_spans WHERE bit_count(kinds) > 1),
placed AS (
    SELECT m.session, s.event_type, s.event_time, s.log_position, s.file_index, s.file_row_number
    FROM stored AS s
    JOIN mixed AS m
        ON m.user_id = s.user_id AND m.user_session IS NOT DISTINCT FROM s.user_session AND make_timestamp(epoch_us(s.event_time)) BETWEEN m.started AND m.ended
),
runs AS (
    SELECT * FROM placed
    QUALIFY event_type IS DISTINCT FROM lag(event_type) OVER (PARTITION BY session ORDER BY event_time, log_position, file_index, file_row_number)
),
steps AS (
    SELECT
        row_number() OVER session AS depth, event_type AS source, coalesce(lead(event_type) OVER session, 'end') AS target
    FROM runs WINDOW session AS (PARTITION BY session ORDER BY event_time, log_position, file_index, file_row_number)
),
counted AS (
    SELECT depth, source, target, count(*) AS sessions FROM steps WHERE depth <= 5 GROUP BY depth, source, target
    UNION ALL SELECT 1, kind_of_bit(kinds), 'end', sum(sessions) FROM session_counts WHERE bit_count(kinds) = 1 GROUP BY kinds
)
SELECT depth, source, target, sum(sessions)::BIGINT AS sessions FROM counted GROUP BY depth, source, target ORDER BY depth, sessions DESC, source, target
