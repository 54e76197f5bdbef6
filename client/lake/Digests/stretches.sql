-- Events of one session key and category within a stretch of time: see slices.sql.
SELECT
    user_id, user_session, category_id, stretch_of(epoch_ms(event_time)) AS stretch, min(event_time) AS started, max(event_time) AS ended,
    min(event_time) FILTER (event_type = 'view') AS first_view, bit_or(kind_bit(event_type)) AS kinds
FROM undigested GROUP BY ALL
