-- Events with the session they belong to: (user_id, user_session, session_number). A gap longer than the timeout begins a new session; without a
-- user_session the user alone is the key. "step" orders all events of one (user_id, user_session): by time, then by position in the log; what was imported
-- has none, and is ordered by its place in its file.
CREATE VIEW session_events AS
WITH placed AS (
    SELECT
        make_timestamp(epoch_us(event_time)) AS event_time, event_type, user_id, user_session, product_id, category_id, category_code, brand,
        price::DECIMAL(18, 4) AS price, quantity, url, duration_ms, date, hour,
        row_number() OVER (PARTITION BY user_id, user_session ORDER BY event_time, log_position, file_index, file_row_number) AS step
    FROM stored
),
marked AS (
    SELECT *, coalesce(epoch_ms(event_time) - epoch_ms(lag(event_time) OVER key) > session_timeout_ms(), true) AS is_first
    FROM placed
    WINDOW key AS (PARTITION BY user_id, user_session ORDER BY step)
)
SELECT
    user_id, user_session, (count(*) FILTER (is_first) OVER (PARTITION BY user_id, user_session ORDER BY step ROWS UNBOUNDED PRECEDING))::BIGINT AS session_number,
    step, event_time, event_type, product_id, category_id, category_code, brand, price, quantity, url, duration_ms, date, hour
FROM marked;

CREATE VIEW sessions AS
SELECT
    user_id, user_session, session_number, min(event_time) AS started, max(event_time) AS ended, count(*) AS events,
    count(*) FILTER (event_type = 'view') AS views, count(*) FILTER (event_type = 'cart') AS carts,
    count(*) FILTER (event_type = 'remove_from_cart') AS removals, count(*) FILTER (event_type = 'purchase') AS purchases,
    count(*) FILTER (event_type = 'page') AS pages, money(sum(price * quantity) FILTER (event_type = 'purchase')) AS revenue
FROM session_events
GROUP BY user_id, user_session, session_number;
