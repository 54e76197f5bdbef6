-- Comparisons, as the reader of files passes rows by for them, and not for a list.
CREATE VIEW actions AS
SELECT
    make_timestamp(epoch_us(event_time)) AS event_time, event_type, user_id, user_session, product_id, category_id, price::DECIMAL(18, 4) AS price, quantity, date, hour,
    log_position, file_index, file_row_number
FROM stored WHERE event_type <> 'view' AND event_type <> 'page';

-- Carts, removals and purchases with their session, and their order among each other within one (user_id, user_session): see session_events.
CREATE VIEW session_actions AS
SELECT
    a.user_id, a.user_session, coalesce(l.session_number, 1)::BIGINT AS session_number, a.event_time, a.event_type, a.product_id, a.category_id, a.price, a.date, a.hour,
    row_number() OVER (PARTITION BY a.user_id, a.user_session ORDER BY a.event_time, a.log_position, a.file_index, a.file_row_number) AS step
FROM actions AS a
LEFT JOIN long_key_sessions AS l
    ON l.user_id = a.user_id AND l.user_session IS NOT DISTINCT FROM a.user_session AND a.event_time BETWEEN l.started AND l.ended;
