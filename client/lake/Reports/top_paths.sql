-- The first five steps of sessions for a Sankey diagram. A step is a run of events of one kind; a session that has no further step goes to "end".
WITH runs AS (
    SELECT user_id, user_session, session_number, step, event_type FROM session_events
    QUALIFY event_type IS DISTINCT FROM lag(event_type) OVER (PARTITION BY user_id, user_session, session_number ORDER BY step)
),
steps AS (
    SELECT
        row_number() OVER session AS depth, event_type AS source, coalesce(lead(event_type) OVER session, 'end') AS target
    FROM runs WINDOW session AS (PARTITION BY user_id, user_session, session_number ORDER BY step)
)
SELECT depth, source, target, count(*) AS sessions FROM steps WHERE depth <= 5 GROUP BY depth, source, target ORDER BY depth, sessions DESC, source, target
