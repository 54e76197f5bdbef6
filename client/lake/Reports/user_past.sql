-- What one user did before the border, with the session of each step, over all of it; and of that the steps that are asked for, the newest first. Placeholders
-- begin with a dollar sign. The count of events from the log comes with every row, and alone if there are no steps.
WITH placed AS (
    SELECT
        make_timestamp(epoch_us(event_time)) AS event_time, event_type, user_session, coalesce(product_id, url) AS subject, price::DECIMAL(18, 4) AS price, log_position,
        row_number() OVER (ORDER BY stored.event_time, log_position, file_index, file_row_number) AS place
    FROM stored
    WHERE user_id = $user AND date <= $day AND epoch_ms(stored.event_time) < $border
),
marked AS (
    SELECT *, coalesce(epoch_ms(event_time) - epoch_ms(lag(event_time) OVER (PARTITION BY user_session ORDER BY place)) > session_timeout_ms(), true) AS is_first
    FROM placed
),
numbered AS (
    SELECT *, count(*) FILTER (is_first) OVER (PARTITION BY user_session ORDER BY place ROWS UNBOUNDED PRECEDING) AS session_number
    FROM marked
),
told AS (
    SELECT
        epoch_ms(event_time) AS time_ms, event_type, subject, price, place, user_session,
        epoch_ms(min(event_time) OVER whole) AS start_ms, epoch_ms(max(event_time) OVER whole) AS end_ms, count(*) OVER whole AS session_events
    FROM numbered
    WINDOW whole AS (PARTITION BY user_session, session_number)
)
SELECT logged.events, told.*
FROM (SELECT count(*) FILTER (log_position IS NOT NULL) AS events FROM placed) AS logged
LEFT JOIN (SELECT * FROM told WHERE time_ms >= $from AND time_ms < $to ORDER BY place DESC LIMIT $limit) AS told ON true
ORDER BY told.place DESC
