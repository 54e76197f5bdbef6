-- The events as everyone asks for them: times as plain UTC timestamps, with date and hour.
CREATE VIEW events AS
SELECT
    event_time::TIMESTAMPTZ::TIMESTAMP AS event_time, event_type, user_id, user_session, product_id, category_id, category_code, brand,
    price::DECIMAL(18, 4) AS price, quantity, url, duration_ms, event_id, log_partition, log_position, date, hour
FROM stored;
