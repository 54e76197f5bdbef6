-- The events as everyone asks for them: times as plain UTC timestamps, with date and hour. Through the microseconds, as a cast would ask the calendar of the time
-- zone for every row.
CREATE MACRO events_of(files) AS TABLE
SELECT
    make_timestamp(epoch_us(event_time)) AS event_time, event_type, user_id, user_session, product_id, category_id, category_code, brand,
    price::DECIMAL(18, 4) AS price, quantity, url, duration_ms, event_id, log_partition, log_position, date, hour, file_index, file_row_number
FROM query_table(files);

CREATE VIEW events AS SELECT * EXCLUDE (file_index, file_row_number) FROM events_of('stored');

-- Those of files without digests: see digests.sql.
CREATE VIEW undigested AS FROM events_of('stored_undigested');
